export interface Domain {
  readonly id: number;
  readonly publicId: string;
  /** Null: every project may use it. */
  readonly projectId: number | null;
  readonly host: string;
  /** Path segments before the code, without slashes at the ends; mostly empty. */
  readonly pathPrefix: string;
  readonly isDefault: boolean;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}
