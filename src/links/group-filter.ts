export interface GroupFilter {
  readonly projectId: number;
  /** The row's own number, which one of the surfaces shows. */
  readonly id?: number;
  /** Part of the name, ignoring case. */
  readonly search?: string;
}

/** Newest first, unless `oldestFirst`. */
export interface GroupQuery extends GroupFilter {
  /** Rows with a smaller id than this, with a greater one than that. */
  readonly before?: number;
  readonly after?: number;
  readonly oldestFirst?: boolean;
  readonly limit: number;
  readonly offset?: number;
}
