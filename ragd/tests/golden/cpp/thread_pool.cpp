/**
 * Work-stealing thread pool.
 *
 * Every worker owns a deque. It takes from the back of its own and steals from
 * the front of the others.
 */
#include "thread_pool.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <iostream>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace exec {

using Task = std::function<void()>;

namespace {

constexpr int kSpinLimit = 32;

thread_local std::size_t current_worker = static_cast<std::size_t>(-1);

struct Deque {
    std::mutex mutex;
    std::deque<Task> tasks;

    void push(Task task) {
        std::lock_guard lock(mutex);
        tasks.push_back(std::move(task));
    }

    bool pop_back(Task& out) {
        std::lock_guard lock(mutex);
        if (tasks.empty()) return false;
        out = std::move(tasks.back());
        tasks.pop_back();
        return true;
    }

    bool steal(Task& out) {
        std::unique_lock lock(mutex, std::try_to_lock);
        if (!lock || tasks.empty()) return false;
        out = std::move(tasks.front());
        tasks.pop_front();
        return true;
    }
};

void report(const char* what) noexcept { std::cerr << "task failed: {" << what << "}\n"; }

}  // namespace

class ThreadPool::Impl {
public:
    explicit Impl(std::size_t count) : deques_(count) {
        for (auto& deque : deques_) deque = std::make_unique<Deque>();
        for (std::size_t i = 0; i < count; ++i)
            threads_.emplace_back([this, i](std::stop_token stop) { run(i, stop); });
    }

    ~Impl() {
        for (auto& thread : threads_) thread.request_stop();
        wake_.notify_all();
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void submit(Task task) {
        const auto index = current_worker < deques_.size() ? current_worker : next_++ % deques_.size();
        deques_[index]->push(std::move(task));
        wake_.notify_one();
    }

private:
    void run(std::size_t self, std::stop_token stop) {
        current_worker = self;
        int idle = 0;

        while (!stop.stop_requested()) {
            Task task;
            bool found = deques_[self]->pop_back(task);
            for (std::size_t k = 1; !found && k < deques_.size(); ++k) {
                found = deques_[(self + k) % deques_.size()]->steal(task);
            }

            if (found) {
                idle = 0;
                try {
                    task();
                } catch (const std::exception& e) {
                    report(e.what());
                } catch (...) {
                    report("unknown exception");
                }
                continue;
            }

            if (++idle < kSpinLimit) {
                std::this_thread::yield();
            } else {
                // Nothing to do anywhere — sleep until somebody submits.
                std::unique_lock lock(sleep_mutex_);
                wake_.wait_for(lock, stop, std::chrono::milliseconds(50), [] { return false; });
                idle = 0;
            }
        }
    }

    std::vector<std::unique_ptr<Deque>> deques_;
    std::atomic<std::size_t> next_{0};
    std::mutex sleep_mutex_;
    std::condition_variable_any wake_;
    std::vector<std::jthread> threads_;
};

ThreadPool::ThreadPool(std::size_t count) : impl_(std::make_unique<Impl>(count ? count : 1)) {}
ThreadPool::~ThreadPool() = default;

void ThreadPool::submit(Task task) { impl_->submit(std::move(task)); }

}  // namespace exec
