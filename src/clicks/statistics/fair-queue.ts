import { Failure } from '../../errors.ts';

export interface QueueLimits {
  readonly atOnce: number;
  readonly atOnceOfOwner: number;
  readonly mostWaiting: number;
  readonly mostWaitingOfOwner: number;
}

/** Whose work it is, and until when somebody wants it. */
export interface Asker {
  readonly owner: string;
  /** Fires when nobody waits for the outcome any more. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiter {
  start(): void;
  refuse(failure: Failure): void;
}

interface Owner {
  running: number;
  readonly waiting: Set<Waiter>;
}

/**
 * Lets so many pieces of work run at once and the others wait, those of different owners taking turns. An owner has a
 * share of the room alone: who asks a hundred things delays himself, and who leaves makes room at once.
 */
export class FairQueue {
  readonly #limits: QueueLimits;
  /** The one whose turn it is first; nobody with nothing to do. */
  readonly #owners = new Map<string, Owner>();
  #running = 0;
  #waiting = 0;
  #closedBy: Failure | undefined;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Work that has begun is not interrupted: it minds the signal itself.
   *
   * @throws Failure `busy` when too many wait already, `abandoned` when the signal fires before it begins, and that of
   * `close`
   */
  async run<T>({ owner: name, signal }: Asker, work: () => Promise<T>): Promise<T> {
    if (this.#closedBy) throw this.#closedBy;
    if (signal?.aborted) throw abandoned();
    const owner = this.#owners.get(name) ?? { running: 0, waiting: new Set() };
    if (this.#hasRoom(owner)) this.#begin(name, owner);
    else await this.#turn(name, owner, signal);
    try {
      return await work();
    } finally {
      this.#end(name, owner);
    }
  }

  /** Whoever waits is refused, and whoever comes. */
  close(failure: Failure): void {
    this.#closedBy = failure;
    for (const { waiting } of this.#owners.values()) {
      for (const waiter of waiting) waiter.refuse(failure);
    }
  }

  #hasRoom({ running }: Owner): boolean {
    return this.#running < this.#limits.atOnce && running < this.#limits.atOnceOfOwner;
  }

  /** Puts the owner behind all others. */
  #begin(name: string, owner: Owner): void {
    this.#running += 1;
    owner.running += 1;
    this.#owners.delete(name);
    this.#owners.set(name, owner);
  }

  #turn(name: string, owner: Owner, signal: AbortSignal | undefined): Promise<void> {
    const { mostWaiting, mostWaitingOfOwner } = this.#limits;
    if (this.#waiting >= mostWaiting || owner.waiting.size >= mostWaitingOfOwner) {
      throw new Failure('busy', 'Too many questions are waiting to be counted; try again in a moment.');
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        signal?.removeEventListener('abort', giveUp);
        owner.waiting.delete(waiter);
        this.#waiting -= 1;
      };
      const waiter: Waiter = {
        start: () => {
          leave();
          this.#begin(name, owner);
          resolve();
        },
        refuse: (failure) => {
          leave();
          this.#forgetIdle(name, owner);
          reject(failure);
        },
      };
      const giveUp = () => waiter.refuse(abandoned());
      signal?.addEventListener('abort', giveUp);
      owner.waiting.add(waiter);
      this.#owners.set(name, owner);
      this.#waiting += 1;
    });
  }

  #end(name: string, owner: Owner): void {
    this.#running -= 1;
    owner.running -= 1;
    this.#forgetIdle(name, owner);
    for (const next of this.#owners.values()) {
      const [waiter] = next.waiting;
      if (!waiter || !this.#hasRoom(next)) continue;
      waiter.start();
      return;
    }
  }

  #forgetIdle(name: string, { running, waiting }: Owner): void {
    if (running === 0 && waiting.size === 0) this.#owners.delete(name);
  }
}

function abandoned(): Failure {
  return new Failure('abandoned', 'Nobody waits for the answer any more.');
}
