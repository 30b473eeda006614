// This platform supplies what the seam asks for.
#include <functional>

#include "arch/seam/seam.hpp"
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

enum class colour : std::uint8_t { red, green };
struct pair {
  std::uint32_t a, b;
};
using place = std::source_location;

static_assert(seam::atomic_cell<atomic<bool>, bool>);
static_assert(seam::atomic_cell<atomic<colour>, colour>);
static_assert(seam::atomic_cell<atomic<pair>, pair>);
static_assert(seam::atomic_cell<atomic<int*>, int*>);
static_assert(seam::atomic_integer<atomic<std::int32_t>, std::int32_t>);
static_assert(seam::atomic_integer<atomic<std::uint64_t>, std::uint64_t>);
static_assert(seam::atomic_integer<atomic<std::uintptr_t>, std::uintptr_t>);
static_assert(seam::atomic_word<atomic<std::uint32_t>>);
static_assert(seam::plain_cell<plain<std::uint32_t>, std::uint32_t>);
static_assert(seam::plain_cell<plain<int*>, int*>);
static_assert(seam::plain_cell<plain<pair>, pair>);
static_assert(seam::ghost_cell<ghost<std::int64_t>, std::int64_t>);

template <class Signature, class Function>
constexpr bool is = std::is_same_v<Function, Signature*>;

static_assert(is<void(std::memory_order, place), decltype(&fence)>);
static_assert(is<futex_result(atomic<std::uint32_t>&, std::uint32_t, std::int64_t, place),
                 decltype(&futex_wait)>);
static_assert(
    is<std::uint32_t(atomic<std::uint32_t>&, std::uint32_t, place), decltype(&futex_wake)>);
static_assert(
    is<thread_handle(const char*, void (*)(void*), void*, place), decltype(&start_thread)>);
static_assert(std::is_trivially_copyable_v<thread_handle>);
static_assert(is<void(thread_handle, place), decltype(&join_thread)>);
static_assert(is<void(std::uint32_t, place), decltype(&procyield)>);
static_assert(is<void(place), decltype(&osyield)>);
static_assert(is<void(std::uint32_t, place), decltype(&usleep)>);
static_assert(is<std::int64_t(), decltype(&nanotime)>);
static_assert(is<std::uint32_t(std::uint32_t, place), decltype(&fastrandn)>);
static_assert(is<void(void (*)(void*), void*), decltype(&on_signal)>);
static_assert(is<bool(bool), decltype(&mask_signals)>);
static_assert(is<void*(), decltype(&get_slot)>);
static_assert(is<void(void*), decltype(&set_slot)>);
static_assert(is<std::uint32_t*(), decltype(&ghosts)>);
static_assert(is<std::uint32_t(), decltype(&ncpu)>);
static_assert(is<bool(), decltype(&real)>);
static_assert(is<bool(place), decltype(&quiesce)>);
static_assert(seam::place_to_go_on<context, stack> && seam::stacks<stack_pool, stack>);
static_assert(is<void*(context&, context&, void*, place), decltype(&switch_to)>);
static_assert(is<void(context&, context&, void*, place), decltype(&leave)>);
static_assert(is<pair*(), decltype(&create<pair>)>);
static_assert(is<void(pair*), decltype(&destroy<pair>)>);
static_assert(is<void(const void*, std::size_t, const char*, std::int64_t), decltype(&label)>);
static_assert(is<void*(std::size_t), decltype(&map_pages)>);
static_assert(is<void(void*, std::size_t), decltype(&unmap_pages)>);
static_assert(is<void(bool, const char*, place), decltype(&check)>);
static_assert(is<void(const char*, place), decltype(&fatal)>);
static_assert(is<void(bool, place), decltype(&assume)>);
static_assert(is<void(bool (*)(void*), void*, const char*), decltype(&always)>);
static_assert(is<void(const char*), decltype(&mark)>);
static_assert(is<void(const char*, std::source_location), decltype(&hot)>);
static_assert(is<void(const char*), decltype(&cool)>);
static_assert(is<void(const char*, std::uint32_t, std::source_location), decltype(&waits)>);
static_assert(is<bool(std::uint32_t), decltype(&defect)>);
static_assert(defect_id("a") == 0xe40c292cU);
static_assert(std::is_same_v<decltype(name()), const char*>);
static_assert(config::runq_size >= 2);

}  // namespace

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
