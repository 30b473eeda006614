// The native platform keeps the seam (arch/seam/seam.hpp): nothing here runs.
#include "arch/seam/seam.hpp"

#include <cstdint>

#include "platform/atomic.hpp"
#include "platform/check.hpp"
#include "platform/config.hpp"
#include "platform/futex.hpp"
#include "platform/ghost.hpp"
#include "platform/memory.hpp"
#include "platform/plain.hpp"
#include "platform/stack.hpp"
#include "platform/thread.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

namespace {

using where = std::source_location;

struct thing {
  explicit thing(int) {}
};
enum class state : std::uint32_t { idle, running };

template <class T>
constexpr bool is_cell =
    seam::atomic_cell<atomic<T>, T> && seam::plain_cell<plain<T>, T> &&
    sizeof(atomic<T>) == sizeof(std::atomic<T>) && sizeof(plain<T>) == sizeof(T);

template <class T>
constexpr bool is_counter = is_cell<T> && seam::atomic_integer<atomic<T>, T> &&
                            seam::ghost_cell<ghost<T>, T>;

static_assert(is_cell<bool>);
static_assert(is_cell<state>);
static_assert(is_cell<thing*>);
static_assert(is_cell<const char*>);
static_assert(is_cell<void (*)(void*)>);
static_assert(is_counter<std::uint8_t>);
static_assert(is_counter<std::int32_t>);
static_assert(is_counter<std::uint32_t>);
static_assert(is_counter<std::int64_t>);
static_assert(is_counter<std::uint64_t>);
static_assert(is_counter<std::uintptr_t>);
static_assert(seam::atomic_word<atomic<std::uint32_t>>);
static_assert(!seam::atomic_integer<atomic<bool>, bool>);

// Initialised by functions of exactly these parameters and results, or this does not compile.
[[maybe_unused]] constexpr struct {
  void (*fence)(std::memory_order, where);
  futex_result (*futex_wait)(atomic<std::uint32_t>&, std::uint32_t, std::int64_t, where);
  std::uint32_t (*futex_wake)(atomic<std::uint32_t>&, std::uint32_t, where);
  thread_handle (*start_thread)(const char*, void (*)(void*), void*, where);
  void (*join_thread)(thread_handle, where);
  void (*procyield)(std::uint32_t, where);
  void (*osyield)(where);
  void (*usleep)(std::uint32_t, where);
  std::int64_t (*nanotime)();
  std::uint32_t (*fastrandn)(std::uint32_t, where);
  void (*on_signal)(void (*)(void*), void*);
  bool (*mask_signals)(bool);
  void* (*get_slot)();
  void (*set_slot)(void*);
  std::uint32_t* (*ghosts)();
  std::uint32_t (*ncpu)();
  bool (*real)();
  bool (*quiesce)(where);
  void* (*switch_to)(context&, context&, void*, where);
  void (*leave)(context&, context&, void*, where);
  thing* (*create)(int&&);
  void (*destroy)(thing*);
  void (*label)(const void*, std::size_t, const char*, std::int64_t);
  void* (*map_pages)(std::size_t);
  void (*unmap_pages)(void*, std::size_t);
  void (*check)(bool, const char*, where);
  void (*fatal)(const char*, where);
  void (*assume)(bool, where);
  void (*always)(bool (*)(void*), void*, const char*);
  void (*mark)(const char*);
  void (*hot)(const char*, where);
  void (*cool)(const char*);
  void (*waits)(const char*, std::uint32_t, where);
  std::uint32_t (*defect_id)(const char*);
  bool (*defect)(std::uint32_t);
  const char* (*name)();
} supplied{
    .fence = &platform::fence,
    .futex_wait = &platform::futex_wait,
    .futex_wake = &platform::futex_wake,
    .start_thread = &platform::start_thread,
    .join_thread = &platform::join_thread,
    .procyield = &platform::procyield,
    .osyield = &platform::osyield,
    .usleep = &platform::usleep,
    .nanotime = &platform::nanotime,
    .fastrandn = &platform::fastrandn,
    .on_signal = &platform::on_signal,
    .mask_signals = &platform::mask_signals,
    .get_slot = &platform::get_slot,
    .set_slot = &platform::set_slot,
    .ghosts = &platform::ghosts,
    .ncpu = &platform::ncpu,
    .real = &platform::real,
    .quiesce = &platform::quiesce,
    .switch_to = &platform::switch_to,
    .leave = &platform::leave,
    .create = &platform::create<thing, int>,
    .destroy = &platform::destroy<thing>,
    .label = &platform::label,
    .map_pages = &platform::map_pages,
    .unmap_pages = &platform::unmap_pages,
    .check = &platform::check,
    .fatal = &platform::fatal,
    .assume = &platform::assume,
    .always = &platform::always,
    .mark = &platform::mark,
    .hot = &platform::hot,
    .cool = &platform::cool,
    .waits = &platform::waits,
    .defect_id = &platform::defect_id,
    .defect = &platform::defect,
    .name = &platform::name,
};

static_assert(std::is_trivially_copyable_v<thread_handle>);
static_assert(seam::place_to_go_on<context, stack> && seam::stacks<stack_pool, stack>);
static_assert(defect_id("") == 2166136261u && defect_id("a") == 0xe40c292cu);  // FNV's test vector
static_assert(!defect(defect_id("any")));
static_assert((config::runq_size & (config::runq_size - 1)) == 0, "indices wrap at 2^32");
static_assert(config::gfree_low < config::gfree_high);

}  // namespace

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
