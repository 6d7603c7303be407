import { create } from 'zustand';

/** What keeps sessions between two starts. */
export interface SessionStorage {
  readonly name: string;
  load(id: string): Promise<Session | undefined>;
  save(session: Session): Promise<void>;
}

export interface Session {
  id: string;
  user: string;
  expiresAt: number;
}

/** Says how long sessions last. */
export abstract class ExpiryPolicy {
  protected constructor(protected readonly now: () => number) {}

  /** Returns the time at which a session ends. */
  abstract expiresAt(session: Session): number;

  isOver = (session: Session): boolean => this.expiresAt(session) <= this.now();
}

export class SlidingExpiry extends ExpiryPolicy {
  constructor(now: () => number, private readonly ms: number) {
    super(now);
  }

  expiresAt(session: Session): number;
  expiresAt(session: Session, grace: number): number;
  expiresAt(session: Session, grace = 0): number {
    return session.expiresAt + this.ms + grace;
  }
}

// The one store of the page.
export const useSession = create<{ session?: Session; open(session: Session): void }>()((set) => ({
  session: undefined,
  open(session) {
    set({ session });
  },
  close: () => set({ session: undefined }),
}));

export default function (storage: SessionStorage) {
  return async (id: string) => (await storage.load(id))?.user;
}
