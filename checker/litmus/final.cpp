// What is observed, and the proposition: `locations [x; 0:r1;]`, `exists (x=1 /\ 0:r1=0)`.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "checker/litmus/builder.hpp"

namespace tenterhook::checker::litmus {
namespace {

class Final {
 public:
  explicit Final(Builder& to) : to_(to), in_(to.scanner()) {}

  void read() {
    if (in_.accept("locations")) observed_list();
    const std::size_t begin = (in_.next(), in_.position());
    Test& test = to_.test();
    if (in_.at_end()) {  // no proposition is the true one
      test.nodes.push_back({});
      test.condition = "forall (true)";
      arrange();
      return;
    }
    if (in_.accept("~")) {
      test.quantifier = Quantifier::not_exists;
      in_.expect("exists");
    } else if (in_.accept("exists")) {
      test.quantifier = Quantifier::exists;
    } else {
      in_.expect("forall");
    }
    test.nodes.emplace_back();
    disjunction(0);
    const std::size_t end = in_.position();
    if (!in_.at_end()) in_.fail("there is something behind the proposition");
    in_.seek(begin);
    std::string written;
    while (in_.position() < end) written += in_.line() + " ";
    std::istringstream words(written);
    for (std::string word; words >> word;) {
      test.condition += (test.condition.empty() ? "" : " ") + word;
    }
    arrange();
  }

 private:
  void observed_list() {
    in_.expect("[");
    while (!in_.accept("]")) {
      observed();
      if (!in_.accept(";") && in_.next() != ']') in_.expect(";");
    }
  }

  // Nodes are made in place `at`, which exists; parts come behind.
  void disjunction(std::size_t at) { chain(at, "\\/", Node::any, &Final::conjunction); }
  void conjunction(std::size_t at) { chain(at, "/\\", Node::all, &Final::negation); }

  void chain(std::size_t at, const char* symbol, Node::Kind kind,
             void (Final::*part)(std::size_t)) {
    std::vector<Node>& nodes = to_.test().nodes;
    std::vector<std::size_t> parts;
    do {
      parts.push_back(nodes.size());
      nodes.emplace_back();
      (this->*part)(parts.back());
    } while (in_.accept(symbol));
    nodes[at] = {kind, parts, 0, 0};
  }

  void negation(std::size_t at) {
    const Scanner::Within within(in_);
    std::vector<Node>& nodes = to_.test().nodes;
    if (in_.accept("not") || in_.accept("~")) {
      const std::size_t part = nodes.size();
      nodes.emplace_back();
      negation(part);
      nodes[at] = {Node::negation, {part}, 0, 0};
    } else if (in_.accept("(")) {
      disjunction(at);
      in_.expect(")");
    } else if (in_.accept("true")) {
      nodes[at] = {};
    } else if (in_.accept("false")) {
      nodes[at] = {Node::any, {}, 0, 0};
    } else {
      Node n{Node::equals, {}, observed(), 0};
      in_.expect("=");
      n.value = value();
      nodes[at] = n;
    }
  }

  std::int64_t value() {
    if (const auto k = in_.number()) return *k;
    const std::string name = in_.word();
    if (!to_.has_location(name)) in_.fail(fmt::format("'{}' is no value", name));
    return address_of(to_.location(name));
  }

  // x, [x] or 1:r0. Returns its number before arrange().
  std::size_t observed() {
    Observed o;
    if (const auto thread = in_.number()) {
      if (*thread < 0 || *thread >= static_cast<std::int64_t>(to_.test().threads.size())) {
        in_.fail(fmt::format("there is no P{}", *thread));
      }
      in_.expect(":");
      const std::string written = in_.word();
      const std::string name = canonical(to_.test().arch, written);
      if (name.empty()) in_.fail("a register's name is missing");
      o = {fmt::format("{}:{}", *thread, name), static_cast<int>(*thread),
           to_.reg(static_cast<std::size_t>(*thread), name)};
    } else {
      const bool bracket = in_.accept("[");
      const std::string name = in_.word();
      if (!to_.has_location(name)) in_.fail(fmt::format("there is no location '{}'", name));
      if (bracket) in_.expect("]");
      o = {fmt::format("[{}]", name), kNone, static_cast<int>(to_.location(name))};
    }
    const auto [at, fresh] = numbers_.try_emplace(o.name, found_.size());
    if (fresh) found_.push_back(o);
    return at->second;
  }

  // Registers by thread and name, then locations.
  void arrange() {
    std::vector<std::size_t> order(found_.size()), place(found_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto key = [&](std::size_t i) {
      const Observed& o = found_[i];
      return std::tuple(o.thread == kNone, o.thread, o.name.size(), o.name);
    };
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
    for (std::size_t i = 0; i < order.size(); ++i) {
      place[order[i]] = i;
      to_.test().observed.push_back(found_[order[i]]);
    }
    for (Node& n : to_.test().nodes) {
      if (n.kind == Node::equals) n.observed = place[n.observed];
    }
  }

  Builder& to_;
  Scanner& in_;
  std::vector<Observed> found_;
  std::map<std::string, std::size_t> numbers_;
};

}  // namespace

void final_section(Builder& to) { Final(to).read(); }

}  // namespace tenterhook::checker::litmus
