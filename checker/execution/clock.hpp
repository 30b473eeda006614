// Vector clocks, for happens-before: component i counts the synchronising steps of virtual thread
// i that are known. Plain arrays from a pool that an execution drops as a whole: no destructor, no
// allocation on the hot path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace tenterhook::checker {

// Components a clock holds; grows in steps between executions (see ClockPool::widen).
class ClockPool {
 public:
  static constexpr std::uint32_t kStep = 8;

  std::uint32_t width() const { return width_; }

  // A zeroed clock, valid until reset().
  std::uint32_t* fresh() {
    std::uint32_t* clock = take();
    std::memset(clock, 0, width_ * sizeof(std::uint32_t));
    return clock;
  }

  // A copy of `from`, valid until reset().
  std::uint32_t* copy(const std::uint32_t* from) {
    std::uint32_t* clock = take();
    std::memcpy(clock, from, width_ * sizeof(std::uint32_t));
    return clock;
  }

  // into := max(into, from), componentwise. `from` may be null: the empty clock.
  void join(std::uint32_t* into, const std::uint32_t* from) const {
    if (from == nullptr) return;
    for (std::uint32_t i = 0; i < width_; i += kStep) {
      for (std::uint32_t j = 0; j < kStep; ++j) {
        into[i + j] = into[i + j] < from[i + j] ? from[i + j] : into[i + j];
      }
    }
  }

  void reset() {
    chunk_ = 0;
    used_ = 0;
  }

  // Makes room for `threads` components. REQUIRES: no clock is in use (between executions).
  void widen(std::uint32_t threads) {
    while (width_ < threads) width_ += kStep;
    reset();
  }

 private:
  static constexpr std::size_t kChunkWords = 1 << 16;

  std::uint32_t* take() {
    if (chunk_ == chunks_.size() || used_ + width_ > kChunkWords) next_chunk();
    std::uint32_t* words = chunks_[chunk_].get() + used_;
    used_ += width_;
    return words;
  }

  void next_chunk() {
    if (chunk_ < chunks_.size()) ++chunk_;
    if (chunk_ == chunks_.size()) {
      chunks_.push_back(std::make_unique<std::uint32_t[]>(kChunkWords));
    }
    used_ = 0;
  }

  std::uint32_t width_ = kStep;
  std::size_t chunk_ = 0;
  std::size_t used_ = 0;
  std::vector<std::unique_ptr<std::uint32_t[]>> chunks_;
};

}  // namespace tenterhook::checker
