import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';

/** What stands in a page for whoever shows it elsewhere. */
export interface PageMetadata {
  /** Contents of `meta`, by property or name. */
  readonly named: ReadonlyMap<string, readonly string[]>;
  readonly title: string;
  /** Whether all of the page's head was there. */
  readonly isHeadWhole: boolean;
}

/** Of a text, before it is cut: no page makes us hold more. */
export const LONGEST_RAW = 8_192;
/** So many values of one name are looked at. */
const MOST_VALUES = 10;
/** Of the names of tags and attributes that mean something here. */
const LONGEST_NAME = 'foreignobject'.length;

/**
 * Elements that no drawing has: where one begins or ends, a drawing that nobody has closed is over, as in every browser
 * (HTML standard, section 13.2.6.5). One that ends was around the drawing.
 */
const NEVER_DRAWN: ReadonlySet<string> = new Set(
  (
    'b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta ' +
    'nobr ol p pre ruby s small span strike strong sub sup table tt u ul var'
  ).split(' '),
);

type MetaAttribute = 'property' | 'name' | 'content';
const META_ATTRIBUTES: readonly string[] = ['property', 'name', 'content'] satisfies MetaAttribute[];

const NOTHING_DRAWN = { svg: 0, math: 0 };

/**
 * Goes through a page tag by tag. There is no tree, not even a list of what is open: any page may come here, and whoever
 * looks for the end of a tag in such a list takes the square of its length.
 *
 * @param wanted property or name of the `meta` that are kept, in lower case
 */
export function readMetadata(html: string, wanted: ReadonlySet<string>): PageMetadata {
  const named = new Map<string, string[]>();
  /** How many are open of what has titles that are not the page's. */
  const foreign = { ...NOTHING_DRAWN, template: 0 };
  /** What was open around each `foreignObject`: within it the page goes on. */
  const around: (typeof NOTHING_DRAWN)[] = [];
  const isDrawn = () => foreign.svg > 0 || foreign.math > 0;
  const isForeign = () => isDrawn() || foreign.template > 0;
  const leaveDrawing = () => Object.assign(foreign, NOTHING_DRAWN);
  const isCounted = (name: string): name is keyof typeof foreign => Object.hasOwn(foreign, name);
  let title = '';
  /** The title that is being read. */
  let heard: string | undefined;
  let isHeadWhole = false;
  let tag = '';
  let meta: Partial<Record<MetaAttribute, string>> = {};
  let attribute: MetaAttribute | undefined;

  const nameAt = (start: number, end: number) =>
    end - start > LONGEST_NAME ? '' : html.slice(start, end).toLowerCase();
  const textAt = (start: number, end: number) => html.slice(start, Math.min(end, start + LONGEST_RAW));
  const readTitle = (text: string) => {
    if (heard !== undefined && heard.length < LONGEST_RAW) heard += text;
  };
  const readAttribute = (text: string) => {
    if (attribute === undefined) return;
    const value = meta[attribute] ?? '';
    if (value.length < LONGEST_RAW) meta[attribute] = value + text;
  };
  const endTitle = () => {
    if (heard?.trim()) title = heard;
    heard = undefined;
  };
  const keepMeta = () => {
    const { property, name, content } = meta;
    if (!content?.trim()) return;
    const key = [property, name]
      .map((text) => text?.trim().toLowerCase() ?? '')
      .find((text) => wanted.has(text));
    if (key === undefined) return;
    const values = named.get(key) ?? [];
    if (values.length < MOST_VALUES) named.set(key, [...values, content.slice(0, LONGEST_RAW)]);
  };
  const begin = (isClosed: boolean) => {
    // HTML has no tag that closes itself, unlike what is drawn within it.
    if (isCounted(tag) && (!isClosed || tag === 'template')) foreign[tag]++;
    if (tag === 'foreignobject' && foreign.svg > 0 && !isClosed) {
      around.push({ svg: foreign.svg, math: foreign.math });
      leaveDrawing();
    }
    if (NEVER_DRAWN.has(tag)) leaveDrawing();
    if (isForeign()) return;
    if (tag === 'meta') keepMeta();
    else if (tag === 'title' && title === '') heard = '';
    else if (tag === 'body') isHeadWhole = true;
  };

  const callbacks: TokenizerCallbacks = {
    onopentagname(start, end) {
      tag = nameAt(start, end);
      meta = {};
    },
    onattribname(start, end) {
      const name = tag === 'meta' ? nameAt(start, end) : '';
      attribute = META_ATTRIBUTES.includes(name) ? (name as MetaAttribute) : undefined;
      // The first of a name counts.
      if (attribute && meta[attribute] !== undefined) attribute = undefined;
      else if (attribute) meta[attribute] = '';
    },
    onattribdata: (start, end) => readAttribute(textAt(start, end)),
    onattribentity: (codePoint) => readAttribute(String.fromCodePoint(codePoint)),
    onattribend() {
      attribute = undefined;
    },
    onopentagend: () => begin(false),
    onselfclosingtag: () => begin(true),
    ontext: (start, end) => readTitle(textAt(start, end)),
    ontextentity: (codePoint) => readTitle(String.fromCodePoint(codePoint)),
    onclosetag(start, end) {
      const name = nameAt(start, end);
      if (isCounted(name) && foreign[name] > 0) foreign[name]--;
      if (name === 'foreignobject') Object.assign(foreign, around.pop());
      if (NEVER_DRAWN.has(name)) leaveDrawing();
      if (name === 'title') endTitle();
      if (name === 'head' && !isForeign()) isHeadWhole = true;
    },
    onend: endTitle,
    // In what is drawn a title is no text that only its end ends, nor is a script.
    isInForeignContext: isDrawn,
    oncomment() {},
    oncdata() {},
    ondeclaration() {},
    onprocessinginstruction() {},
  };
  const tokenizer = new Tokenizer({}, callbacks);
  tokenizer.write(html);
  tokenizer.end();
  return { named, title, isHeadWhole };
}
