/** What the generator is asked to do against one server. */
export interface LoadPlan {
  readonly port: number;
  readonly connections: number;
  /** Codes are those of `link-set.ts` from 0 on. */
  readonly links: number;
  /**
   * `saturate`: each connection asks again as soon as it has its answer.
   * `steady`: visits arrive at random moments, so many a second, and wait when no connection is free.
   * `each`: like `saturate`, but each link once, in random order, however long that takes.
   */
  readonly arrival:
    | { readonly kind: 'saturate'; readonly warmUpMs: number; readonly measureMs: number }
    | {
        readonly kind: 'steady';
        readonly perSecond: number;
        readonly warmUpMs: number;
        readonly measureMs: number;
      }
    | { readonly kind: 'each' };
}

export interface LoadResult {
  /** Answers within the measured time. */
  readonly answered: number;
  /** Answers in all, with warm-up and what was under way at the end. */
  readonly answeredInAll: number;
  readonly measuredMs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  /** Share of the measured time that the generator itself was busy. Near 1 it would be the bottleneck. */
  readonly generatorBusy: number;
}

export type LoadReply =
  | { readonly kind: 'done'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly message: string };
