#include "checker/execution/lowered.hpp"

namespace tenterhook::checker {
namespace {

using arch::atomic_operation;

const arch::target_info& port_of(GraphModel model) {
  static constexpr arch::target_info power = arch::info_of<arch::target_power64>();
  static constexpr arch::target_info arm = arch::info_of<arch::target_arm>();
  return model == GraphModel::power ? power : arm;
}

Barrier barrier(arch::barrier what) {
  switch (what) {
    case arch::barrier::none: return Barrier::none;
    case arch::barrier::full: return Barrier::full;
    case arch::barrier::light: return Barrier::light;
    case arch::barrier::instruction: return Barrier::instruction;
  }
  return Barrier::none;
}

Lowered from(const arch::lowering& lowering) {
  const arch::steps steps = arch::steps_of(lowering);
  return {barrier(steps.before), barrier(steps.after), steps.write_depends,
          steps.access == arch::access_kind::ll_sc};
}

atomic_operation operation(Modify how) {
  switch (how) {
    case Modify::add: return atomic_operation::fetch_add;
    case Modify::bit_or: return atomic_operation::fetch_or;
    case Modify::bit_and: return atomic_operation::fetch_and;
    case Modify::cas: return atomic_operation::compare_exchange;
    case Modify::cas_weak: return atomic_operation::compare_exchange_weak;
    default: return atomic_operation::exchange;
  }
}

// A byte is a lane of a word.
unsigned width(unsigned size) { return size < 8 ? 4 : 8; }

}  // namespace

Lowered lowered_load(GraphModel model, unsigned size, std::memory_order order) {
  return from(arch::lowered(port_of(model), atomic_operation::load, width(size), order));
}

Lowered lowered_store(GraphModel model, unsigned size, std::memory_order order) {
  return from(arch::lowered(port_of(model), atomic_operation::store, width(size), order));
}

Lowered lowered_modify(GraphModel model, const Event& read, bool wrote) {
  const arch::outcome how = wrote           ? arch::outcome::done
                            : read.spurious ? arch::outcome::spurious
                                            : arch::outcome::differs;
  return from(arch::lowered(port_of(model), operation(read.modify), width(read.size), read.order,
                            read.fail_order, how));
}

Barrier lowered_fence(GraphModel model, std::memory_order order) {
  return from(arch::lowered(port_of(model), atomic_operation::fence, 8, order)).before;
}

Event write_of(GraphModel model, const Event& read, std::uint64_t value) {
  Event e = read;
  e.kind = EventKind::write;
  e.exclusive = e.within = true;
  e.value = value;
  e.source = e.readers = e.next_reader = kInitial;
  e.address = e.data = e.control = 0;
  if (read.modify == Modify::store) e.order = read.fail_order;
  if (model != GraphModel::power && model != GraphModel::arm) return e;
  const arch::dependency depends = lowered_modify(model, read, true).write_depends;
  e.data = depends == arch::dependency::data ? 1 : 0;
  e.control = depends == arch::dependency::control ? 1 : 0;
  return e;
}

}  // namespace tenterhook::checker
