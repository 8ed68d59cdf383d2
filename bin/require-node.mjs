/** The oldest Node with the Node-API that better-sqlite3 is built for: on an older one it ends the process wordlessly. */
const NEEDED = [22, 14];

/** Ends the process with a sentence when this Node is too old for Switchyard. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return;
  process.stderr.write(
    `Switchyard needs Node ${NEEDED.join('.')} or newer, and ${process.execPath} is Node ${process.versions.node}.\n`,
  );
  process.exit(1);
}
