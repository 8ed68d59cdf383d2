import type { Config } from '../config/config.ts';
import type { Logger } from '../observability/logger.ts';
import type { Disposals } from './disposals.ts';

/** What every part of the product is opened with. */
export interface Opening {
  readonly config: Config;
  /** Origin of the installation. */
  readonly publicUrl: string;
  readonly logger: Logger;
  readonly disposals: Disposals;
  /** The process cannot do its work any more and should be started again. */
  readonly fail: (error: Error) => void;
}
