// dpor in worker processes. What is to be explored is a list of units: a graph with alternatives
// that nobody has taken yet. A worker takes a unit, explores a quantum of executions, and hands
// back what it counted and what is left, as units. Only then does it count: a worker that dies
// takes nothing along but its quantum, which is given to another. So the counts are the same for
// any number of workers, and the list with the counts so far is a checkpoint.
//
// The checkpoint file, version 2: a line "tenterhook checkpoint 2"; as bytes (graph/bytes.hpp) the
// build, the identity of the exploration, shard and shards, the counts, the failures, the units;
// at the end 8 bytes of FNV-1a of all before. It is of one build: graphs are what they are in
// memory. It is written to FILE.part and renamed.
//
// Thread safety: none. Processes, since arenas keep one address and a crash stays in one worker.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "checker/explore/explorer.hpp"

namespace tenterhook::checker {

// What is wrong with a checkpoint; one sentence that names the file.
struct CheckpointError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Checkpoint {
  std::string identity;
  unsigned shard = 1, shards = 1;
  Result counts;                   // no verdict yet
  std::vector<std::string> units;  // what is left
};

Checkpoint read_checkpoint(const std::string& file);   // throws CheckpointError
void write_checkpoint(const std::string& file, const Checkpoint& checkpoint);  // likewise

// REQUIRES: no Execution exists in this process. Throws CheckpointError.
Result explore_in_parallel(const Task& task, const Options& options);

// Adds up what two parts of one exploration came to.
void add_counts(Result& into, const Result& from);

}  // namespace tenterhook::checker
