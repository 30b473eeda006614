// The C dialect: functions P0, P1, … of pointers to shared variables.
//
// Source: ISO/IEC 9899:2011 7.17; herd's reading of it: `*v` is a non-atomic access whatever the
// pointer's type, and the expected value of a compare-exchange is a shared variable too.
#include <fmt/format.h>

#include <array>
#include <set>

#include "arch/orders.hpp"
#include "checker/litmus/builder.hpp"

namespace tenterhook::checker::litmus {
namespace {

class Functions {
 public:
  explicit Functions(Builder& to) : to_(to), in_(to.scanner()) {}

  void read() {
    while (function()) {
    }
    in_.next();
    if (thread_ == 0) in_.fail("no function P0");
    to_.resolve();
    for (const std::string& name : plain_) to_.test().mixed |= atomic_.contains(name);
    to_.test().plain = !plain_.empty();
  }

 private:
  bool function() {
    const std::size_t at = in_.position();
    if (in_.word() != fmt::format("P{}", thread_)) {
      in_.seek(at);
      return false;
    }
    to_.threads(thread_ + 1);
    heads_.clear();
    given_.clear();
    in_.expect("(");
    while (!in_.accept(")")) {
      parameter();
      if (!in_.accept(",") && in_.next() != ')') in_.expect(",");
    }
    in_.expect("{");
    block();
    ++thread_;
    return true;
  }

  // `atomic_int* x`, `volatile int* x`
  void parameter() {
    std::size_t words = 0;
    while (in_.next() != '*') {
      const std::string word = in_.word();
      static const std::set<std::string> types = {"atomic_int", "volatile", "int", "const"};
      if (!types.contains(word)) in_.fail("a parameter is no pointer to int or atomic_int");
      ++words;
    }
    in_.expect("*");
    const std::string name = in_.word();
    if (words == 0 || name.empty()) in_.fail("a parameter has no type or no name");
    heads_.insert(name);
    to_.access(to_.location(name), 4);
  }

  void block() {
    while (!in_.accept("}")) {
      if (in_.at_end()) in_.fail("'}' is missing");
      statement();
    }
  }

  void body() {
    if (in_.accept("{")) {
      block();
    } else {
      statement();
    }
  }

  void statement() {
    const Scanner::Within within(in_);
    if (in_.accept("if")) {
      condition();
      return;
    }
    if (in_.accept("*")) {
      const std::string name = variable();
      in_.expect("=");
      const Operand value = expression();
      Instruction i = at(Op::store, name, true);
      i.a = value;
      emit(i);
    } else if (const bool declared = in_.accept("int"); declared || !call_follows()) {
      const std::string name = own_name("statement");
      if (in_.accept("=")) {
        const Operand value = expression();
        given_.insert(name);
        emit({.op = Op::move, .dst = to_.reg(thread_, name), .a = value});
      } else if (declared) {
        to_.reg(thread_, name);
      } else {
        in_.expect("=");
      }
    } else {
      call(in_.word());
    }
    in_.expect(";");
  }

  bool call_follows() {
    const std::size_t at = in_.position();
    const bool found = in_.word().starts_with("atomic_");
    in_.seek(at);
    return found;
  }

  void condition() {
    in_.expect("(");
    const Operand value = expression();
    in_.expect(")");
    emit({.op = Op::compare, .a = value});
    const std::string otherwise = fmt::format("else {}", labels_);
    const std::string end = fmt::format("end {}", labels_++);
    to_.branch(thread_, Op::branch_equal, otherwise);
    body();
    if (!in_.accept("else")) {
      to_.label(thread_, otherwise);
      return;
    }
    to_.branch(thread_, Op::branch, end);
    to_.label(thread_, otherwise);
    body();
    to_.label(thread_, end);
  }

  Operand expression() {
    const Operand left = sum();
    for (const auto& [symbol, op] : {std::pair{"==", Op::equal}, std::pair{"!=", Op::differ}}) {
      if (in_.accept(symbol)) return computed(op, left, sum());
    }
    return left;
  }

  Operand sum() {
    Operand left = term();
    while (in_.accept("+")) left = computed(Op::add, left, term());
    return left;
  }

  Operand term() {
    const Scanner::Within within(in_);
    if (in_.accept("(")) {
      const Operand inner = expression();
      in_.expect(")");
      return inner;
    }
    if (in_.accept("*")) return loaded(at(Op::load, variable(), true));
    if (const auto k = in_.number()) return {kNone, *k};
    if (call_follows()) return call(in_.word());
    in_.next();
    const std::size_t at = in_.position();
    const std::string name = own_name("expression");
    if (!given_.contains(name)) in_.fail(fmt::format("'{}' has no value yet", name), at);
    return {to_.reg(thread_, name), 0};
  }

  // Of a variable of the thread's own; else what stands here is not read.
  std::string own_name(const char* as) {
    in_.next();
    const std::size_t at = in_.position();
    const std::string name = in_.word();
    if (!name.empty() && !heads_.contains(name)) return name;
    in_.seek(at);
    const std::string found = trimmed(in_.line());
    in_.fail(fmt::format("{} '{}' is not read", as, found), at);
  }

  // Returns what the call returns; of a store or fence 0.
  Operand call(const std::string& name) {
    in_.expect("(");
    if (name == "atomic_thread_fence") {
      const std::memory_order o = order(arch::atomic_operation::fence);
      if (o != std::memory_order_relaxed) {
        emit({.op = Op::fence, .order = o, .fence = Fence::order});
      }
      return {};
    }
    Instruction i = at(Op::load, variable(), false);
    if (name == "atomic_load_explicit") {
      in_.expect(",");
      i.order = order(arch::atomic_operation::load);
      return loaded(i);
    }
    in_.expect(",");
    if (name == "atomic_compare_exchange_strong_explicit") return compare_exchange(i);
    i.a = expression();
    in_.expect(",");
    const bool stores = name == "atomic_store_explicit";
    i.order = order(stores ? arch::atomic_operation::store : arch::atomic_operation::exchange);
    if (stores) {
      i.op = Op::store;
      emit(i);
      return {};
    }
    if (name == "atomic_exchange_explicit") {
      i.op = Op::exchange;
    } else if (name == "atomic_fetch_add_explicit") {
      i.op = Op::fetch_add;
    } else {
      in_.fail(fmt::format("'{}' is not read", name));
    }
    return loaded(i);
  }

  // (v, expected, desired, success, failure): `expected` is read, and written by a failure.
  Operand compare_exchange(Instruction i) {
    const std::string expected = variable();
    i.op = Op::compare_exchange;
    i.old = loaded(at(Op::load, expected, true)).reg;
    in_.expect(",");
    i.b = expression();
    in_.expect(",");
    i.order = memory_order(arch::atomic_operation::exchange);
    in_.expect(",");
    i.fail_order = order(arch::atomic_operation::load);
    const Operand done = loaded(i);
    const std::string end = fmt::format("exchanged {}", labels_++);
    emit({.op = Op::compare, .a = done});
    to_.branch(thread_, Op::branch_differ, end);
    Instruction store = at(Op::store, expected, true);
    store.a = {i.old, 0};
    emit(store);
    to_.label(thread_, end);
    return done;
  }

  std::memory_order order(arch::atomic_operation of) {
    const std::memory_order o = memory_order(of);
    in_.expect(")");
    return o;
  }

  std::memory_order memory_order(arch::atomic_operation of) {
    static constexpr std::array<std::pair<const char*, std::memory_order>, 5> names = {
        {{"memory_order_relaxed", std::memory_order_relaxed},
         {"memory_order_acquire", std::memory_order_acquire},
         {"memory_order_release", std::memory_order_release},
         {"memory_order_acq_rel", std::memory_order_acq_rel},
         {"memory_order_seq_cst", std::memory_order_seq_cst}}};
    in_.next();
    const std::size_t at = in_.position();
    const std::string name = in_.word();
    for (const auto& [text, o] : names) {
      if (name != text) continue;
      if (!arch::is_allowed(of, o)) in_.fail(fmt::format("'{}' is no order for it", name), at);
      return o;
    }
    in_.fail(fmt::format("'{}' is no memory order that is read", name));
  }

  std::string variable() {
    const std::string name = in_.word();
    if (!heads_.contains(name)) in_.fail(fmt::format("'{}' is no parameter", name));
    return name;
  }

  Instruction at(Op op, const std::string& name, bool plain) {
    (plain ? plain_ : atomic_).insert(name);
    Instruction i;
    i.op = op;
    i.number = address_of(to_.location(name));
    i.plain = plain;
    return i;
  }

  Operand loaded(Instruction i) {
    i.dst = to_.temporary(thread_);
    emit(i);
    return {i.dst, 0};
  }

  Operand computed(Op op, Operand a, Operand b) {
    const int dst = to_.temporary(thread_);
    emit({.op = op, .dst = dst, .a = a, .b = b});
    return {dst, 0};
  }

  void emit(const Instruction& i) { to_.emit(thread_, i); }

  Builder& to_;
  Scanner& in_;
  std::size_t thread_ = 0;
  unsigned labels_ = 0;
  std::set<std::string> heads_;           // parameters of the function
  std::set<std::string> given_;           // its own variables that have a value
  std::set<std::string> plain_, atomic_;  // locations by how they are accessed
};

}  // namespace

void c_functions(Builder& to) { Functions(to).read(); }

}  // namespace tenterhook::checker::litmus
