// Graphs as bytes, and under other names of threads and locations.
#include <utility>

#include "checker/graph/bytes.hpp"
#include "checker/graph/graph.hpp"

namespace tenterhook::checker {

void Graph::save(Bytes& out) const {
  out.put(model_);
  out.put(width_);
  out.put(symmetric_);
  out.put(events_);
  out.put(clocks_);
  out.put(std::uint64_t{threads_.size()});
  for (const Program& p : threads_) {
    out.put(p.events);
    out.put(p.start);
  }
  out.put(heads_);
  out.put(tails_);
  out.put(first_readers_);
  out.put(initial_);
  order_.save(out);
}

void Graph::load(Bytes& in) {
  in.get(model_);
  in.get(width_);
  in.get(symmetric_);
  in.get(events_);
  in.get(clocks_);
  threads_.resize(in.next<std::uint64_t>());
  for (Program& p : threads_) {
    in.get(p.events);
    in.get(p.start);
  }
  in.get(heads_);
  in.get(tails_);
  in.get(first_readers_);
  in.get(initial_);
  order_.load(in);
}

namespace {

template <class T>
void permute(std::vector<T>& values, const std::vector<std::uint32_t>& names, const T& none) {
  std::vector<T> old = std::move(values);
  values.clear();
  for (std::uint32_t i = 0; i < old.size(); ++i) {
    if (names[i] >= values.size()) values.resize(names[i] + 1, none);
    values[names[i]] = std::move(old[i]);
  }
}

}  // namespace

void Graph::rename(const std::vector<std::uint32_t>& threads,
                   const std::vector<std::uint32_t>& locations) {
  for (Event& e : events_) {
    e.thread = static_cast<std::uint16_t>(threads[e.thread]);
    if (e.kind == EventKind::start || e.kind == EventKind::join) e.operand = threads[e.operand];
    if (e.kind == EventKind::start && e.expected != 0) e.expected = threads[e.expected - 1] + 1;
    if (e.location != kNoLocation) e.location = locations[e.location];
    if (e.ghost) e.expected = locations[e.expected - 1] + 1;
  }
  permute(threads_, threads, Program{});
  permute(heads_, locations, kInitial);
  permute(tails_, locations, kInitial);
  permute(first_readers_, locations, kInitial);
  permute(initial_, locations, std::uint64_t{0});
  for (std::size_t row = 0; row + width_ <= clocks_.size(); row += width_) {
    std::vector<std::uint32_t> old(clocks_.begin() + static_cast<std::ptrdiff_t>(row),
                                   clocks_.begin() + static_cast<std::ptrdiff_t>(row + width_));
    std::fill_n(clocks_.begin() + static_cast<std::ptrdiff_t>(row), width_, 0);
    for (std::uint32_t t = 0; t < width_; ++t) {
      if (old[t] != 0) clocks_[row + threads[t]] = old[t];
    }
  }
}

}  // namespace tenterhook::checker
