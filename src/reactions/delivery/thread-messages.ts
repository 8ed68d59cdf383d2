import type { StoreLocation } from '../../db/store-location.ts';
import type { Failure } from '../../errors.ts';
import type { VapidKeys } from '../push/vapid-keys.ts';
import type { Effect } from './channel.ts';

/** What the delivery thread is started with. */
export interface DeliveryThreadData {
  readonly location: StoreLocation;
  /** Whether no other process works on the store. */
  readonly servesAlone: boolean;
  /** Origin of the installation. */
  readonly publicUrl: string;
  readonly allowPrivateTargets: boolean;
  /** Null: there is none, and mails are kept as not sent. */
  readonly mail: {
    readonly host: string;
    readonly port: number;
    readonly secure: boolean;
    readonly user: string | undefined;
    readonly password: string | undefined;
    /** Sender. */
    readonly from: string;
  } | null;
  /** Sender that the operator has named. */
  readonly mailFrom: string | undefined;
  readonly vapid: VapidKeys;
  readonly logDays: number;
}

export type DeliveryRequest =
  | { readonly kind: 'run'; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly kind: 'state'; readonly id: number }
  /** Settings have changed: what is held may go on. */
  | { readonly kind: 'settings-changed' }
  | { readonly kind: 'stop' };

export type DeliveryAnswer =
  | { readonly kind: 'done'; readonly id: number; readonly output: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: CarriedError }
  | { readonly kind: 'effect'; readonly effect: Effect }
  | { readonly kind: 'report'; readonly event: string; readonly details: Record<string, unknown> };

/** An error on its way between threads, which would lose its class. */
export interface CarriedError {
  readonly message: string;
  /** Of the database's own errors. */
  readonly code: string | undefined;
  readonly failure: Pick<Failure, 'code' | 'fields'> | undefined;
}
