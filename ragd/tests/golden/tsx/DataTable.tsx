/**
 * Sortable table with sticky header and optional row selection.
 */
import React, { useCallback, useMemo, useState } from 'react';
import type { Key, ReactNode } from 'react';

import styles from './DataTable.module.css';

export type SortDirection = 'asc' | 'desc';

export interface Column<Row> {
  id: string;
  title: ReactNode;
  value: (row: Row) => string | number | Date | null;
  render?: (row: Row) => ReactNode;
  align?: 'left' | 'right';
}

export interface DataTableProps<Row> {
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => Key;
  onSelect?: (keys: ReadonlySet<Key>) => void;
  emptyText?: string;
}

const ARROWS: Record<SortDirection, string> = { asc: '▲', desc: '▼' };

const flip = (direction: SortDirection): SortDirection => (direction === 'asc' ? 'desc' : 'asc');

/** Compares two cell values; `null` always sorts last. */
export function compareValues(a: unknown, b: unknown, direction: SortDirection): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;

  let result: number;
  if (typeof a === 'number' && typeof b === 'number') {
    result = a - b;
  } else if (a instanceof Date && b instanceof Date) {
    result = a.getTime() - b.getTime();
  } else {
    result = String(a).localeCompare(String(b));
  }
  return direction === 'asc' ? result : -result;
}

function useSort<Row>(rows: readonly Row[], columns: readonly Column<Row>[]) {
  const [sort, setSort] = useState<{ id: string; direction: SortDirection } | null>(null);

  const sorted = useMemo(() => {
    const column = columns.find((c) => c.id === sort?.id);
    if (!sort || !column) return rows;
    return [...rows].sort((a, b) => compareValues(column.value(a), column.value(b), sort.direction));
  }, [rows, columns, sort]);

  const toggle = useCallback((id: string) => {
    setSort((old) => ({ id, direction: old?.id === id ? flip(old.direction) : 'asc' }));
  }, []);

  return { sorted, sort, toggle } as const;
}

function EmptyRow({ span, text }: { span: number; text: string }) {
  return (
    <tr className={styles.empty}>
      <td colSpan={span}>{text}</td>
    </tr>
  );
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { rows, columns, rowKey, onSelect, emptyText = 'Nothing to show {yet}' } = props;
  const { sorted, sort, toggle } = useSort(rows, columns);
  const [selected, setSelected] = useState<ReadonlySet<Key>>(new Set());

  const handleSelect = (key: Key) => {
    const next = new Set(selected);
    if (!next.delete(key)) next.add(key);
    setSelected(next);
    onSelect?.(next);
  };

  return (
    <table className={styles.table}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.id} onClick={() => toggle(column.id)} style={{ textAlign: column.align }}>
              {column.title} {sort?.id === column.id && <span aria-hidden>{ARROWS[sort.direction]}</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {sorted.length === 0 ? (
          <EmptyRow span={columns.length} text={emptyText} />
        ) : (
          sorted.map((row) => {
            const key = rowKey(row);
            return (
              <tr key={key} aria-selected={selected.has(key)} onClick={() => handleSelect(key)}>
                {columns.map((column) => (
                  <td key={column.id} style={{ textAlign: column.align }}>
                    {/* A custom renderer wins over the plain value. */}
                    {column.render ? column.render(row) : String(column.value(row) ?? '–')}
                  </td>
                ))}
              </tr>
            );
          })
        )}
      </tbody>
    </table>
  );
}
