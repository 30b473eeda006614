// Operations that are not executed as the source has them: mutations, and other orders.
#include <bit>
#include <charconv>

#include "arch/orders.hpp"
#include "checker/execution/execution.hpp"

namespace tenterhook::checker {
namespace {

bool parse_order(std::string_view name, std::memory_order& order) {
  for (const std::memory_order known : arch::all_orders) {
    if (name != arch::name_of(known)) continue;
    order = known;
    return true;
  }
  return false;
}

bool parse_number(std::string_view digits, unsigned& number) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() && number != 0;
}

}  // namespace

std::memory_order of_failure(std::memory_order order) {
  if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
  return order == std::memory_order_release ? std::memory_order_relaxed : order;
}

std::string text(const OrderAt& o) {
  std::string out = o.file + ":" + std::to_string(o.line);
  if (o.column != 0) out += ":" + std::to_string(o.column);
  out += std::string("=") + text(o.order);
  if (o.fail_order != of_failure(o.order)) out += std::string("/") + text(o.fail_order);
  return out;
}

bool parse(std::string_view given, OrderAt& o) {
  const std::size_t equals = given.rfind('=');
  if (equals == std::string_view::npos) return false;
  std::string_view orders = given.substr(equals + 1), place = given.substr(0, equals);
  const std::size_t slash = orders.find('/');
  if (!parse_order(orders.substr(0, slash), o.order)) return false;
  o.fail_order = of_failure(o.order);
  if (slash != std::string_view::npos && !parse_order(orders.substr(slash + 1), o.fail_order)) {
    return false;
  }
  unsigned last = 0;
  std::size_t colon = place.rfind(':');
  if (colon == std::string_view::npos || !parse_number(place.substr(colon + 1), last)) return false;
  place = place.substr(0, colon);
  colon = place.rfind(':');
  o.line = last;
  o.column = 0;
  unsigned line = 0;
  if (colon != std::string_view::npos && parse_number(place.substr(colon + 1), line)) {
    o.line = line;
    o.column = last;
    place = place.substr(0, colon);
  }
  o.file = place;
  return arch::is_load_order(o.fail_order) && !place.empty() &&
         place.find_first_of(" \t\n\r") == std::string_view::npos;
}

MutationKind Execution::alter(Op& op) {
  const Mutation& m = options_.mutation;
  if (options_.sites) see(op);
  for (std::size_t i = 0; i < options_.orders.size(); ++i) {
    const OrderAt& other = options_.orders[i];
    if (op.site.line() != other.line || other.file != op.site.file_name() ||
        (other.column != 0 && other.column != op.site.column()) || !takes(op.kind, other.order)) {
      continue;
    }
    op.order = other.order;
    op.fail_order = other.fail_order;
    applied_[i] = true;
  }
  if (m.kind == MutationKind::none) return MutationKind::none;
  if (op.site.line() != m.line || op.site.column() != m.column || m.file != op.site.file_name()) {
    return MutationKind::none;
  }
  if (m.kind == MutationKind::weaken) {
    op.order = weaker(op.order, op.kind);
    op.fail_order = std::memory_order_relaxed;
  }
  return m.kind;
}

void Execution::see(const Op& op) {
  const auto* at = std::bit_cast<const void*>(op.site);
  for (const Site& s : seen_) {
    if (std::bit_cast<const void*>(s.at) == at) return;
  }
  seen_.push_back({op.site, op.kind, op.order, op.fail_order});
}

// The swapped store happens after the operation that followed it.
void Execution::execute_deferred(Thread& self) {
  if (self.deferred.kind == OpKind::none) return;
  const Op op = self.deferred;
  self.deferred.kind = OpKind::none;
  point(self, op);
  execute_store(self, *op.cell, op.operand, op.order);
}

}  // namespace tenterhook::checker
