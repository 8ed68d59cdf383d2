/**
 * Where a worker thread's file lies: beside its caller, as TypeScript when the sources run as they are (tests,
 * development) and as JavaScript in a build.
 *
 * @param path without its extension, relative to the caller: `./sqlite-thread-worker`
 */
export function threadUrl(path: string, callerUrl: string): URL {
  return new URL(path + (callerUrl.endsWith('.ts') ? '.ts' : '.js'), callerUrl);
}
