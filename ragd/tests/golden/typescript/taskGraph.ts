/* Dependency graph for build tasks: cycle detection and ordering in waves. */

import { describe, expect, it } from 'vitest';

export interface Task<Id extends string = string> {
  id: Id;
  needs?: readonly Id[];
  run?: () => void | Promise<void>;
}

type Mark = 'new' | 'open' | 'done';

const MAX_DEPTH = 256 as const;

export class CycleError extends Error {
  constructor(public readonly path: readonly string[]) {
    super(`cycle: ${path.join(' → ')}`);
    this.name = 'CycleError';
  }
}

function assertNever(value: never): never {
  throw new Error(`unexpected {${value}}`);
}

function isTask(value: unknown): value is Task {
  return typeof value === 'object' && value !== null && 'id' in value;
}

const byId = (a: Task, b: Task): number => a.id.localeCompare(b.id);

export class TaskGraph<Id extends string = string> implements Iterable<Task<Id>> {
  readonly #tasks = new Map<Id, Task<Id>>();

  constructor(tasks: Iterable<Task<Id>> = []) {
    for (const task of tasks) this.add(task);
  }

  get size(): number {
    return this.#tasks.size;
  }

  add(task: Task<Id>): this {
    if (this.#tasks.has(task.id)) throw new Error(`duplicate task ${task.id}`);
    this.#tasks.set(task.id, task);
    return this;
  }

  *[Symbol.iterator](): Generator<Task<Id>> {
    for (const wave of this.waves()) yield* wave;
  }

  /** Groups tasks so that each wave depends on earlier waves only. */
  waves(): Task<Id>[][] {
    const marks = new Map<Id, Mark>();
    const level = new Map<Id, number>();
    const path: Id[] = [];

    const visit = (id: Id): number => {
      const task = this.#tasks.get(id);
      if (!task) throw new Error(`unknown task ${id}, needed by ${path.at(-1) ?? 'nobody'}`);
      const mark = marks.get(id) ?? 'new';
      switch (mark) {
        case 'done':
          return level.get(id)!;
        case 'open':
          throw new CycleError([...path.slice(path.indexOf(id)), id]);
        case 'new': {
          if (path.length >= MAX_DEPTH) throw new RangeError('graph is too deep');
          marks.set(id, 'open');
          path.push(id);
          let depth = 0;
          for (const need of task.needs ?? []) {
            depth = Math.max(depth, visit(need) + 1);
          }
          path.pop();
          marks.set(id, 'done');
          level.set(id, depth);
          return depth;
        }
        default:
          return assertNever(mark);
      }
    };

    const waves: Task<Id>[][] = [];
    for (const [id, task] of this.#tasks) {
      (waves[visit(id)] ??= []).push(task);
    }
    // Stable output makes logs comparable between runs.
    for (const wave of waves) wave.sort(byId);
    return waves;
  }

  async run(): Promise<void> {
    for (const wave of this.waves()) {
      await Promise.all(wave.map((task) => task.run?.()));
    }
  }
}

describe('TaskGraph', () => {
  it('orders by dependency', () => {
    const graph = new TaskGraph([{ id: 'link', needs: ['compile'] }, { id: 'compile' }]);
    expect([...graph].map((task) => task.id)).toEqual(['compile', 'link']);
  });

  it('names the cycle', () => {
    const graph = new TaskGraph<'a' | 'b'>();
    graph.add({ id: 'a', needs: ['b'] }).add({ id: 'b', needs: ['a'] });
    expect(() => graph.waves()).toThrow('a → b → a');
  });

  it('recognises tasks', () => {
    expect(isTask({ id: 'x' })).toBe(true);
  });
});
