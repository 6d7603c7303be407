// Toast notifications: context, reducer, provider and an error boundary.

import { Component, createContext, useContext, useEffect, useReducer, useRef } from 'react';
import type { ErrorInfo, PropsWithChildren, ReactNode } from 'react';
import { createPortal } from 'react-dom';

enum Level {
  Info = 'info',
  Warning = 'warning',
  Error = 'error',
}

interface Toast {
  id: number;
  level: Level;
  text: string;
  sticky: boolean;
  count: number;
}

type Action =
  | { type: 'show'; level: Level; text: string; sticky?: boolean }
  | { type: 'dismiss'; id: number }
  | { type: 'clear'; level?: Level };

const MAX_VISIBLE = 4;
const LIFETIME_MS = 5_000;

let nextId = 1;

function reducer(state: readonly Toast[], action: Action): readonly Toast[] {
  switch (action.type) {
    case 'show': {
      const index = state.findIndex((t) => t.text === action.text && t.level === action.level);
      if (index >= 0) {
        // The same message again: raise its counter instead of stacking it.
        return state.map((toast, i) => (i === index ? { ...toast, count: toast.count + 1 } : toast));
      }
      const toast: Toast = {
        id: nextId++,
        level: action.level,
        text: action.text,
        sticky: action.sticky ?? action.level === Level.Error,
        count: 1,
      };
      const next = [...state, toast];
      while (next.length > MAX_VISIBLE) {
        const victim = next.findIndex((t) => !t.sticky);
        if (victim < 0) {
          next.shift();
        } else {
          next.splice(victim, 1);
        }
      }
      return next;
    }
    case 'dismiss':
      return state.filter((toast) => toast.id !== action.id);
    case 'clear':
      if (action.level === undefined) return [];
      return state.filter((toast) => toast.level !== action.level);
    default:
      return state;
  }
}

const ToastContext = createContext<React.Dispatch<Action> | null>(null);

export function useToast() {
  const dispatch = useContext(ToastContext);
  if (!dispatch) throw new Error('useToast() needs a <ToastProvider>');
  return {
    info: (text: string) => dispatch({ type: 'show', level: Level.Info, text }),
    error: (text: string) => dispatch({ type: 'show', level: Level.Error, text }),
    clear: () => dispatch({ type: 'clear' }),
  };
}

const ToastItem = ({ toast, onClose }: { toast: Toast; onClose: () => void }) => {
  const close = useRef(onClose);
  close.current = onClose;

  useEffect(() => {
    if (toast.sticky) return;
    const timer = setTimeout(() => close.current(), LIFETIME_MS);
    return () => clearTimeout(timer);
  }, [toast.sticky, toast.count]);

  return (
    <li role="status" data-level={toast.level}>
      {toast.text} {toast.count > 1 ? <b>×{toast.count}</b> : null}
      <button type="button" aria-label="Schließen" onClick={onClose}>
        {'{x}'}
      </button>
    </li>
  );
};

export function ToastProvider({ children }: PropsWithChildren) {
  const [toasts, dispatch] = useReducer(reducer, []);
  const list = (
    <ul className="toasts">
      {toasts.map((toast) => (
        <ToastItem key={toast.id} toast={toast} onClose={() => dispatch({ type: 'dismiss', id: toast.id })} />
      ))}
    </ul>
  );
  return (
    <ToastContext.Provider value={dispatch}>
      {children}
      {createPortal(list, document.body)}
    </ToastContext.Provider>
  );
}

export class ErrorBoundary extends Component<{ fallback: ReactNode; children: ReactNode }, { failed: boolean }> {
  state = { failed: false };
  static getDerivedStateFromError() { return { failed: true }; }
  componentDidCatch(error: Error, info: ErrorInfo): void { console.error(error, info.componentStack); }
  render() { return this.state.failed ? this.props.fallback : this.props.children; }
}
