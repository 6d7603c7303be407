// Package pool runs jobs on a bounded number of goroutines.
//
// A pool is created with New, fed with Submit and stopped with Close.
package pool

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrClosed is reported for jobs that never started.
var ErrClosed = errors.New("pool: closed")

const defaultTimeout = 30 * time.Second

// State describes the life cycle of a pool.
type State int

const (
	Idle State = iota
	Running
	Closed
)

func (s State) String() string {
	return [...]string{"idle", "running", "closed"}[s]
}

// Job is one unit of work.
type Job[T any] interface {
	Name() string
	Run(ctx context.Context) (T, error)
}

// JobFunc lets a plain function act as a Job.
type JobFunc[T any] func(ctx context.Context) (T, error)

func (f JobFunc[T]) Name() string                       { return "func" }
func (f JobFunc[T]) Run(ctx context.Context) (T, error) { return f(ctx) }

// Result pairs a job's value with its error.
type Result[T any] struct {
	Name  string
	Value T
	Err   error
}

// Option changes the settings of a pool.
type Option func(*settings)

type settings struct {
	workers int
	timeout time.Duration
}

func WithWorkers(n int) Option           { return func(s *settings) { s.workers = n } }
func WithTimeout(d time.Duration) Option { return func(s *settings) { s.timeout = d } }

// Pool executes jobs concurrently.
type Pool[T any] struct {
	settings
	state   State
	jobs    chan Job[T]
	results chan Result[T]
	wg      sync.WaitGroup
}

// New creates a pool and starts its workers.
func New[T any](ctx context.Context, opts ...Option) *Pool[T] {
	p := &Pool[T]{
		settings: settings{workers: 4, timeout: defaultTimeout},
		jobs:     make(chan Job[T]),
		results:  make(chan Result[T], 16),
		state:    Running,
	}
	for _, opt := range opts {
		opt(&p.settings)
	}
	for i := 0; i < p.workers; i++ {
		p.wg.Add(1)
		go p.work(ctx, i)
	}
	return p
}

func (p *Pool[T]) Submit(job Job[T]) { p.jobs <- job }
func (p *Pool[T]) Close()            { close(p.jobs); p.state = Closed }

// work is the loop of a single worker. A job that panics is reported as an
// error, so that one bad job cannot take the whole pool down.
func (p *Pool[T]) work(ctx context.Context, id int) {
	defer p.wg.Done()

	run := func(job Job[T]) (res Result[T]) {
		res.Name = job.Name()
		defer func() {
			if r := recover(); r != nil {
				res.Err = fmt.Errorf("worker {%d}: job %q panicked: %v", id, res.Name, r)
			}
		}()
		jobCtx, cancel := context.WithTimeout(ctx, p.timeout)
		defer cancel()
		res.Value, res.Err = job.Run(jobCtx)
		return res
	}

	for {
		select {
		case <-ctx.Done():
			return
		case job, ok := <-p.jobs:
			if !ok {
				return
			}
			res := run(job)
			switch {
			case res.Err == nil:
				// The common case: nothing to add.
			case errors.Is(res.Err, context.DeadlineExceeded):
				res.Err = fmt.Errorf("job %q took longer than %v – gave up: %w", res.Name, p.timeout, res.Err)
			}
			p.results <- res
		}
	}
}
