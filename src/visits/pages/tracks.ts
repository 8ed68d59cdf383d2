/**
 * The mark of the product: a railway switch as a signal box draws it. A main track crosses the page and a branch
 * leaves it; the coloured line is the route that is set, and each notice shows what became of it.
 *
 * Coordinates are those of a 240 × 120 box whose left edge is the left edge of the text. Tracks run far beyond it on
 * both sides (the page clips them). Routes are drawn from their end backwards: so the stylesheet can let them
 * grow towards it without knowing their length.
 */
export type Scene =
  | 'meeting'
  | 'branching'
  | 'dissolving'
  | 'signal'
  | 'unbuilt'
  | 'buffer'
  | 'full'
  | 'locked'
  | 'barred'
  | 'sealed'
  | 'broken';

const MAIN = 'M-4000 92H4000';
const CURVE = 'C100 92 100 28 144 28';
const BRANCH = `M56 92${CURVE}H4000`;
const SIDING = `M56 92${CURVE}H196`;

const route = (from: string) => `<path class="r" d="M${from}"/>`;
const ALONG_MAIN = 'H-4000';
const OFF_BRANCH = 'H144C100 28 100 92 56 92H-4000';

/** Two strokes make a track: a wide one for the rails, a narrower one that hollows it out; all rails first, so that tracks merge. */
function tracks(...paths: string[]): string {
  const stroke = (kind: string) => paths.map((path) => `<path class="${kind}" d="${path}"/>`).join('');
  return stroke('b') + stroke('i');
}

const dot = (x: number, y: number, radius: number, kind = 'f') =>
  `<circle class="${kind}" cx="${x}" cy="${y}" r="${radius}"/>`;
const dots = (kind: string, radius: number, y: number, xs: readonly number[]) =>
  xs.map((x) => dot(x, y, radius, kind)).join('');
const line = (kind: string, path: string) => `<path class="${kind}" d="${path}"/>`;
const keyhole = (x: number, y: number) => dot(x, y - 3, 3.5, 'k') + line('h', `M${x} ${y}v5`);

const SCENES: Readonly<Record<Scene, string>> = {
  // Both ways are set: this is the place where they meet.
  meeting: tracks(MAIN, BRANCH) + route(`4000 92${ALONG_MAIN}`) + route(`4000 28${OFF_BRANCH}`),
  // The way is set along the branch.
  branching: tracks(MAIN, BRANCH) + route(`4000 28${OFF_BRANCH}`),
  // The branch peters out.
  dissolving:
    tracks(MAIN, `M56 92${CURVE}H152`) + route(`150 28${OFF_BRANCH}`) + dots('f', 2.5, 28, [168, 184, 200]),
  // A signal bids to wait before the switch.
  signal:
    tracks(MAIN, BRANCH) + route(`0 92${ALONG_MAIN}`) + dot(20, 92, 17) + line('h', 'M15 86v12M25 86v12'),
  // The branch is not laid yet; a clock stands before the switch.
  unbuilt:
    tracks(MAIN) +
    line('d', `M74 84${CURVE}H4000`) +
    route(`0 92${ALONG_MAIN}`) +
    dot(20, 92, 17) +
    line('h', 'M20 83v9h7'),
  // The branch ends at a buffer stop.
  buffer: tracks(MAIN, SIDING) + route(`190 28${OFF_BRANCH}`) + line('m', 'M198 12v32'),
  // The siding is full of wagons.
  full:
    tracks(MAIN, `M56 92${CURVE}H216`) +
    route(`148 28${OFF_BRANCH}`) +
    dots('f', 5, 28, [164, 178, 192, 206]) +
    line('m', 'M224 12v32'),
  // A lock holds the switch.
  locked: tracks(MAIN, BRANCH) + route(`0 92${ALONG_MAIN}`) + dot(20, 92, 17) + keyhole(20, 92),
  // A barrier is down before the switch, and a clock stands beside the lock.
  barred:
    tracks(MAIN, BRANCH) +
    route(`-34 92${ALONG_MAIN}`) +
    line('m', 'M-26 70v44') +
    dot(20, 92, 17) +
    line('h', 'M20 83v9h7'),
  // A lock, and nothing about any way.
  sealed: tracks(MAIN) + dot(20, 92, 17) + keyhole(20, 92),
  // The line is interrupted before the switch.
  broken:
    tracks('M-4000 92H2', 'M56 92H4000', BRANCH) +
    route(`0 92${ALONG_MAIN}`) +
    dots('f', 2.5, 92, [16, 31, 46]),
};

/** The drawing as inline SVG; decoration only, so that assistive technology passes over it. */
export function drawTracks(scene: Scene): string {
  return `<svg viewBox="0 0 240 120" aria-hidden="true" focusable="false">${SCENES[scene]}</svg>`;
}
