/** Which database a store is, and where. */
export type DatabaseConfig =
  | { readonly engine: 'sqlite' }
  | { readonly engine: 'postgres'; readonly url: string; readonly poolSize: number };

export interface StoreLocation {
  readonly dataDir: string;
  readonly database: DatabaseConfig;
}
