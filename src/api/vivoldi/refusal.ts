import {
  MESSAGES,
  type MessageKind,
  type MessageLanguage,
  type MessageValues,
  MORE,
  sentence,
} from './messages.ts';

export interface Problem {
  readonly kind: MessageKind;
  /** The field as the caller wrote it (`links[3].url`); absent when it is not about one. */
  readonly field?: string;
  readonly values?: MessageValues;
}

/** Enough to mend a call by; three hundred links can be wrong in many ways. */
const PROBLEMS_NAMED = 20;

/** A request that is not done, and why. It is put into words when its caller's language is known. */
export class Refusal extends Error {
  readonly problems: readonly Problem[];
  /** The first problem's; the others may have another, and clients only tell 0 from the rest. */
  readonly code: number;
  readonly status: number;

  constructor(first: Problem, ...others: Problem[]) {
    const { code, status = 200 }: { code: number; status?: number } = MESSAGES[first.kind];
    super(first.kind);
    this.name = 'Refusal';
    this.problems = [first, ...others];
    this.code = code;
    this.status = status;
  }

  say(language: MessageLanguage): string {
    const said = this.problems.slice(0, PROBLEMS_NAMED).map(({ kind, field, values }) => {
      const words = sentence(language, kind, values);
      return field === undefined ? words : `${field}: ${words}`;
    });
    const unsaid = this.problems.length - said.length;
    return [...said, ...(unsaid > 0 ? [MORE[language](unsaid)] : [])].join(' ');
  }
}

/** @throws Refusal when there is anything to refuse */
export function refuseAny(problems: readonly Problem[]): void {
  const [first, ...others] = problems;
  if (first) throw new Refusal(first, ...others);
}
