// Which sources this build was made of.
#pragma once

namespace tenterhook::checker {

// 16 hex digits: a hash of the sources of arch/, runtime/, checker/ and properties/. Equal sources
// make equal executions, so Debug and Release share it.
const char* build_id();

}  // namespace tenterhook::checker
