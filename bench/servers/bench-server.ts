/** A server under measurement. */
export interface BenchServer extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
}
