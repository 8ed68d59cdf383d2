import type { Settings } from './setting.ts';

export interface Group {
  readonly id: number;
  readonly publicId: string;
  readonly projectId: number;
  readonly name: string;
  readonly memo: string;
  readonly settings: Settings;
  readonly linkCount: number;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}
