// Streaming CSV reader. Works on any async iterable of string chunks.

import { EventEmitter } from 'node:events';
import assert from 'node:assert/strict';
import test from 'node:test';

export const State = Object.freeze({
  START: 0,
  PLAIN: 1,
  QUOTED: 2,
  QUOTE_END: 3,
});

export const DEFAULTS = { separator: ',', quote: '"', header: true };

/** Counts rows and reports progress. */
export class Progress extends EventEmitter {
  rows = 0;

  tick() {
    this.rows += 1;
    if (this.rows % 1000 === 0) this.emit('progress', this.rows);
  }

  static silent() {
    return new Progress();
  }
}

/**
 * Yields one array of fields per row.
 *
 * @param {AsyncIterable<string>} chunks
 * @param {Partial<typeof DEFAULTS>} [options]
 * @returns {AsyncGenerator<string[]>}
 */
export async function* readRows(chunks, options = {}) {
  const { separator, quote } = { ...DEFAULTS, ...options };
  let state = State.START;
  let field = '';
  let row = [];

  for await (const chunk of chunks) {
    for (const char of chunk) {
      if (char === '\r' && state !== State.QUOTED) continue;

      switch (state) {
        case State.QUOTED:
          if (char === quote) {
            state = State.QUOTE_END;
          } else {
            field += char;
          }
          break;
        case State.QUOTE_END:
          if (char === quote) {
            // A doubled quote stands for a single one.
            field += quote;
            state = State.QUOTED;
            break;
          }
        // falls through
        default:
          if (char === quote && state === State.START) {
            state = State.QUOTED;
          } else if (char === separator) {
            row.push(field);
            field = '';
            state = State.START;
          } else if (char === '\n') {
            row.push(field);
            yield row;
            row = [];
            field = '';
            state = State.START;
          } else {
            field += char;
            state = State.PLAIN;
          }
      }
    }
  }

  if (state === State.QUOTED) throw new SyntaxError('unterminated quoted field');
  if (field !== '' || row.length > 0) yield [...row, field];
}

export const toObjects = async function* (rows) {
  let header = null;
  for await (const row of rows) {
    if (header === null) header = row;
    else yield Object.fromEntries(header.map((name, i) => [name, row[i] ?? '']));
  }
};

const SAMPLE = `name,comment
Zoë,"likes {braces}, and ""quotes"""
Łukasz,plain
`;

async function collect(iterable) {
  const out = [];
  for await (const value of iterable) out.push(value);
  return out;
}

async function* once(text) {
  yield text;
}

test('reads quoted fields', async () => {
  const rows = await collect(toObjects(readRows(once(SAMPLE))));
  assert.equal(rows.length, 2);
  assert.equal(rows[0].comment, 'likes {braces}, and "quotes"');
});

test('rejects an open quote', async () => {
  await assert.rejects(() => collect(readRows(once('"abc'))), SyntaxError);
});
