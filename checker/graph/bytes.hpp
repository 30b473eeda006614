// Values as bytes, for units of work that go from process to process and into checkpoints of one
// build: layout and byte order are the machine's.
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tenterhook::checker {

class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(std::string data) : data_(std::move(data)) {}

  const std::string& data() const { return data_; }
  std::string take() { return std::move(data_); }
  bool done() const { return at_ == data_.size(); }

  template <class T>
    requires std::is_trivially_copyable_v<T>
  void put(const T& value) {
    data_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(std::uint64_t{values.size()});
    if constexpr (std::is_trivially_copyable_v<T>) {
      if (!values.empty()) {
        data_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
      }
    } else {
      for (const T& v : values) put(v);
    }
  }
  void put(const std::string& text) {
    put(std::uint64_t{text.size()});
    data_ += text;
  }

  // Throw std::runtime_error where the bytes end too early.
  template <class T>
    requires std::is_trivially_copyable_v<T>
  void get(T& value) {
    need(sizeof value);
    std::memcpy(&value, data_.data() + at_, sizeof value);
    at_ += sizeof value;
  }
  template <class T>
  void get(std::vector<T>& values) {
    std::uint64_t count = 0;
    get(count);
    need(count);
    if constexpr (std::is_trivially_copyable_v<T>) {
      need(count * sizeof(T));
      values.resize(count);
      if (count != 0) std::memcpy(values.data(), data_.data() + at_, count * sizeof(T));
      at_ += count * sizeof(T);
    } else {
      values.resize(count);
      for (T& v : values) get(v);
    }
  }
  void get(std::string& text) {
    std::uint64_t size = 0;
    get(size);
    need(size);
    text = data_.substr(at_, size);
    at_ += size;
  }
  template <class T>
  T next() {
    T value{};
    get(value);
    return value;
  }

 private:
  void need(std::uint64_t bytes) const {
    if (bytes > data_.size() - at_) throw std::runtime_error("the bytes end too early");
  }

  std::string data_;
  std::size_t at_ = 0;
};

}  // namespace tenterhook::checker
