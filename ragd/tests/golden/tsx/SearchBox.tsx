'use client';

import { forwardRef, memo, useEffect, useId, useImperativeHandle, useRef, useState } from 'react';
import type { ChangeEvent, KeyboardEvent } from 'react';

export type Suggestion = { readonly id: string; readonly label: string; readonly hint?: string };

export interface SearchBoxHandle {
  focus(): void;
  clear(): void;
}

interface SearchBoxProps {
  load: (query: string, signal: AbortSignal) => Promise<Suggestion[]>;
  onPick: (suggestion: Suggestion) => void;
  delay?: number;
}

const HELP_TEXT = `Type to search.
Use ↑ and ↓ to move, Enter to pick, {Esc} to close.`;

/** Returns `value` once it has been stable for `delay` milliseconds. */
function useDebounced<T,>(value: T, delay: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), delay);
    return () => window.clearTimeout(timer);
  }, [value, delay]);
  return settled;
}

function useSuggestions(query: string, load: SearchBoxProps['load']) {
  const [items, setItems] = useState<Suggestion[]>([]);
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    if (query.trim() === '') {
      setItems([]);
      return;
    }
    const controller = new AbortController();
    (async () => {
      try {
        setItems(await load(query, controller.signal));
        setFailed(false);
      } catch {
        if (!controller.signal.aborted) setFailed(true);
      }
    })();
    return () => controller.abort();
  }, [query, load]);

  return { items, failed };
}

const Option = memo(function Option({ item, active }: { item: Suggestion; active: boolean }) {
  return (
    <li role="option" aria-selected={active}>
      {item.label}
      {item.hint && <small> – {item.hint}</small>}
    </li>
  );
});

export const SearchBox = forwardRef<SearchBoxHandle, SearchBoxProps>(({ load, onPick, delay = 200 }, ref) => {
  const [text, setText] = useState('');
  const [active, setActive] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  const { items, failed } = useSuggestions(useDebounced(text, delay), load);

  const clear = () => setText('');
  useImperativeHandle(ref, () => ({ focus: () => input.current?.focus(), clear }), []);

  const handleKey = (event: KeyboardEvent<HTMLInputElement>) => {
    switch (event.key) {
      case 'ArrowDown':
        setActive((index) => Math.min(index + 1, items.length - 1));
        break;
      case 'ArrowUp':
        setActive((index) => Math.max(index - 1, -1));
        break;
      case 'Enter':
        if (items[active]) onPick(items[active]);
        break;
      case 'Escape':
        clear();
        break;
      default:
        return; // leave every other key to the browser
    }
    event.preventDefault();
  };

  return (
    <>
      <input
        ref={input}
        value={text}
        title={HELP_TEXT}
        aria-controls={listId}
        onChange={(event: ChangeEvent<HTMLInputElement>) => setText(event.target.value)}
        onKeyDown={handleKey}
      />
      {failed ? <p role="alert">Search is unavailable.</p> : null}
      <ul id={listId} role="listbox">
        {items.map((item, index) => (
          <Option key={item.id} item={item} active={index === active} />
        ))}
      </ul>
    </>
  );
});

SearchBox.displayName = 'SearchBox';
export default SearchBox;
