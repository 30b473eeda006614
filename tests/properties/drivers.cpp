// The table of this platform's drivers.
#include "tests/properties/drivers.hpp"

#include "platform/check.hpp"
#include "platform/config.hpp"
#include "tests/properties/drive.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::tests {

const tenterhook::tests::drivers all = {
    platform::name(),
    {platform::config::runq_size, platform::config::gfree_high, platform::config::gfree_low,
     platform::config::goid_cache_batch},
    drive_queues,
    drive_lfstack,
    drive_gfree,
    drive_goid,
    drive_sema,
    drive_parfor,
    drive_note};

}  // namespace tenterhook::TENTERHOOK_PLATFORM::tests
