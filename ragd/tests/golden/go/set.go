package set

// Hash tells where something belongs.
type Hash = uint64

// Set has each element once.
type Set[K comparable, V any] struct {
	items map[K]V
}

// Store is what a set can be kept in.
type Store[K comparable] interface {
	// Load reads an element.
	Load(key K) (Hash, error)
	Save(key K, hash Hash) error
}

const (
	small = 8
	large = 1 << 16
)

// Add puts an element in.
func (s *Set[K, V]) Add(key K, value V) {
	if s.items == nil {
		s.items = make(map[K]V, small)
	}
	s.items[key] = value
}

// Len counts.
func (s Set[K, V]) Len() int { return len(s.items) }

// Map makes another set.
func Map[K comparable, V, W any](s *Set[K, V], f func(V) W) *Set[K, W] {
	out := &Set[K, W]{}
	for key, value := range s.items {
		out.Add(key, f(value))
	}
	return out
}
