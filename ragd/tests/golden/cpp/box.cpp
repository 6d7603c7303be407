#include "box.h"

#include <gtest/gtest.h>

namespace store {

using Id = std::uint64_t;

template <class T>
using Ref = std::shared_ptr<const T>;

Box::Box(Id id) : id_(id) {}

Box::~Box() {
  clear();
}

bool Box::operator<(const Box& other) const {
  return id_ < other.id_;
}

Box::operator bool() const { return id_ != 0; }

template <typename T>
void Shelf<T>::put(T item) {
  items_.push_back(std::move(item));
}

class STORE_API Counter : public Base {
 public:
  Counter() = default;
  int next() { return ++count_; }

 private:
  int count_ = 0;
};

}  // namespace store

TEST(BoxTest, IsEmptyAtFirst) {
  store::Box box(0);
  EXPECT_FALSE(box);
}

// Somebody is in the middle of writing this.
void half_written(int a, {

int after_it(int a) {
  return a + 1;
}

struct Tail {
  int length() const { return 1; }
};
