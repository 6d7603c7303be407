/**
 * Retry policies with back-off, jitter and a circuit breaker.
 *
 * @packageDocumentation
 */
import { setTimeout as sleep } from 'node:timers/promises';

export type Milliseconds = number & { readonly __brand: 'ms' };

export type Outcome<T, E = Error> =
  | { readonly ok: true; readonly value: T; readonly attempts: number }
  | { readonly ok: false; readonly error: E; readonly attempts: number };

export interface Policy {
  readonly attempts: number;
  delay(attempt: number): Milliseconds;
  shouldRetry?(error: unknown): boolean;
}

export enum CircuitState {
  Closed = 'closed',
  Open = 'open',
  HalfOpen = 'half-open',
}

export const ms = (value: number): Milliseconds => value as Milliseconds;
export const seconds = (value: number): Milliseconds => ms(value * 1000);

const jitter = (value: number): number => value * (0.5 + Math.random() / 2);

export function fixed(attempts: number, pause: Milliseconds): Policy {
  return { attempts, delay: () => pause };
}

export function exponential(attempts: number, base = ms(100), cap = seconds(30)): Policy {
  return {
    attempts,
    delay(attempt) {
      return ms(Math.min(cap, jitter(base * 2 ** (attempt - 1))));
    },
  };
}

/** Narrows an unknown value to `Error`. */
export function toError(value: unknown): Error;
export function toError(value: unknown, prefix: string): Error;
export function toError(value: unknown, prefix = ''): Error {
  return value instanceof Error ? value : new Error(`${prefix}${String(value)}`);
}

export abstract class Breaker {
  protected state: CircuitState = CircuitState.Closed;

  abstract allow(): boolean;
  abstract record(success: boolean): void;
}

export class CountingBreaker extends Breaker {
  private failures = 0;
  private openedAt = 0;

  constructor(
    private readonly threshold: number,
    private readonly coolDown: Milliseconds = seconds(10),
  ) {
    super();
  }

  get isOpen(): boolean {
    return this.state === CircuitState.Open;
  }

  override allow(): boolean {
    if (this.isOpen && Date.now() - this.openedAt > this.coolDown) this.state = CircuitState.HalfOpen;
    return !this.isOpen;
  }

  override record(success: boolean): void {
    this.failures = success ? 0 : this.failures + 1;
    if (success) this.state = CircuitState.Closed;
    else if (this.failures >= this.threshold) {
      this.state = CircuitState.Open;
      this.openedAt = Date.now();
    }
  }
}

/** Runs `task` until it succeeds or the policy says stop. */
export async function retry<T>(
  task: (attempt: number, signal?: AbortSignal) => Promise<T>,
  policy: Policy,
  { breaker, signal }: { breaker?: Breaker; signal?: AbortSignal } = {},
): Promise<Outcome<T>> {
  let last = new Error('never attempted');
  let attempt = 0;

  while (attempt < policy.attempts) {
    attempt += 1;
    if (breaker && !breaker.allow()) {
      // Do not count this as a failure: the task did not run at all.
      return { ok: false, error: new Error(`circuit is open {attempt ${attempt}}`), attempts: attempt - 1 };
    }
    try {
      const value = await task(attempt, signal);
      breaker?.record(true);
      return { ok: true, value, attempts: attempt };
    } catch (cause) {
      last = toError(cause, 'task failed – ');
      breaker?.record(false);
      if (policy.shouldRetry && !policy.shouldRetry(cause)) break;
      if (attempt < policy.attempts) {
        try {
          await sleep(policy.delay(attempt), undefined, { signal });
        } catch {
          last = new Error('aborted while waiting');
          break;
        }
      }
    }
  }

  return { ok: false, error: last, attempts: attempt };
}
