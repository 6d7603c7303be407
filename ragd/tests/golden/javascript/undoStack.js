/*
 * Undo/redo for the drawing editor.
 *
 * Commands are plain objects with `apply` and `revert`. Commands of the same
 * kind that arrive in quick succession are merged into one step.
 */

import { clamp, isEqual } from './util.js';

const MERGE_WINDOW_MS = 400;

let counter = 0;

const nextId = () => `cmd-${++counter}`;

function now() {
  return performance.now();
}

function isMergeable(a, b) {
  return a.kind === b.kind && a.target === b.target && b.at - a.at < MERGE_WINDOW_MS;
}

/** Builds a command that sets `key` of `target`. */
export function setProperty(target, key, value) {
  const before = target[key];

  function apply() {
    target[key] = value;
  }

  function revert() {
    target[key] = before;
  }

  return { id: nextId(), kind: `set:${key}`, target, at: now(), apply, revert };
}

const observable = (Base) =>
  class extends Base {
    #listeners = new Set();

    subscribe(listener) {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    }

    notify(event) {
      for (const listener of this.#listeners) listener(event);
    }
  };

export class UndoStack extends observable(Object) {
  #steps = [];
  #position = 0;

  constructor({ limit = 100 } = {}) {
    super();
    this.limit = clamp(limit, 1, 10_000);
  }

  get canUndo() {
    return this.#position > 0;
  }

  get canRedo() {
    return this.#position < this.#steps.length;
  }

  *[Symbol.iterator]() {
    yield* this.#steps.slice(0, this.#position);
  }

  push(command) {
    command.apply();
    this.#steps.length = this.#position;
    const last = this.#steps.at(-1);
    if (last && isMergeable(last, command)) {
      this.#steps[this.#position - 1] = { ...command, revert: last.revert };
    } else {
      this.#steps.push(command);
    }
    if (this.#steps.length > this.limit) this.#steps.shift();
    this.#position = this.#steps.length;
    this.notify({ type: 'push', id: command.id });
  }

  /** Moves by `count` steps: negative undoes, positive redoes. */
  travel(count) {
    const direction = Math.sign(count);
    const done = [];

    while (count !== 0) {
      if (direction < 0 ? !this.canUndo : !this.canRedo) break;
      const step = this.#steps[direction < 0 ? this.#position - 1 : this.#position];
      try {
        if (direction < 0) {
          step.revert();
        } else {
          step.apply();
        }
      } catch (error) {
        // Put back what has been moved so far, newest first, then report.
        for (const moved of done.reverse()) {
          if (direction < 0) moved.apply();
          else moved.revert();
        }
        this.#position -= direction * done.length;
        this.notify({ type: 'error', error, id: step.id });
        return 0;
      }
      this.#position += direction;
      done.push(step);
      count -= direction;
    }

    if (done.length > 0 && !isEqual(done[0], done.at(-1))) {
      const label = direction < 0 ? '↶ undo' : '↷ redo';
      this.notify({ type: 'travel', message: `${label} {${done.length}}` });
    }
    return done.length;
  }
}

export default UndoStack;
