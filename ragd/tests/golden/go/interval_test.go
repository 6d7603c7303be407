//go:build !race

package interval

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"testing"
)

// Interval is half open: Lo is included, Hi is not.
type Interval[T cmp.Ordered] struct{ Lo, Hi T }

type number interface {
	~int | ~int64 | ~float64
}

func (i Interval[T]) Empty() bool              { return i.Lo >= i.Hi }
func (i Interval[T]) Contains(v T) bool        { return i.Lo <= v && v < i.Hi }
func (i Interval[T]) String() string           { return fmt.Sprintf("[%v, %v)", i.Lo, i.Hi) }
func width[T number](i Interval[T]) T          { return i.Hi - i.Lo }
func byLo[T cmp.Ordered](a, b Interval[T]) int { return cmp.Compare(a.Lo, b.Lo) }

// Set is a sorted list of disjoint intervals.
type Set[T cmp.Ordered] []Interval[T]

// All iterates over the intervals in ascending order.
func (s Set[T]) All() iter.Seq2[int, Interval[T]] {
	return func(yield func(int, Interval[T]) bool) {
		for i, v := range s {
			if !yield(i, v) {
				return
			}
		}
	}
}

// Subtract removes cut from every interval of s. The receiver is not changed.
//
//    s    ├────────┤   ├──────┤
//    cut       ├──────────┤
//    out  ├────┤          ├───┤
func (s Set[T]) Subtract(cut Interval[T]) (out Set[T], err error) {
	if cut.Empty() {
		return slices.Clone(s), nil
	}

	for i, v := range s.All() {
		if i > 0 && v.Lo < s[i-1].Hi {
			return nil, fmt.Errorf("set is not sorted at {%d}: %v", i, v)
		}

		switch {
		case v.Hi <= cut.Lo || v.Lo >= cut.Hi:
			// No overlap at all.
			out = append(out, v)
		case cut.Lo <= v.Lo && v.Hi <= cut.Hi:
			// Swallowed completely.
			continue
		default:
			left := Interval[T]{v.Lo, cut.Lo}
			right := Interval[T]{cut.Hi, v.Hi}
			for _, part := range []Interval[T]{left, right} {
				if !part.Empty() {
					out = append(out, part)
				}
			}
		}
	}

	return out, nil
}

var sample = Set[int]{{0, 10}, {20, 30}, {40, 50}}

func TestSubtract(t *testing.T) {
	tests := map[string]struct {
		cut  Interval[int]
		want Set[int]
	}{
		"nothing": {Interval[int]{12, 15}, sample},
		"middle":  {Interval[int]{22, 25}, Set[int]{{0, 10}, {20, 22}, {25, 30}, {40, 50}}},
		"all":     {Interval[int]{0, 99}, nil},
	}

	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := sample.Subtract(tc.cut)
			if err != nil {
				t.Fatalf("unexpected error: %v", err)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestSubtractUnsorted(t *testing.T) {
	bad := Set[int]{{5, 9}, {1, 2}}
	if _, err := bad.Subtract(Interval[int]{0, 1}); err == nil {
		t.Error("expected an error")
	}
}

func BenchmarkSubtract(b *testing.B) {
	for i := 0; i < b.N; i++ {
		_, _ = sample.Subtract(Interval[int]{i % 50, i%50 + 3})
	}
}

func ExampleInterval_String() {
	fmt.Println(Interval[int]{1, 4}, width(Interval[int]{1, 4}))
	// Output: [1, 4) 3
}
