// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A small reader of Value Change Dump files, written from the standard's grammar and strict: what it does not
// understand is an error.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace mho::test {

struct VcdChange {
  std::uint64_t time;
  std::string path;
  std::string value;  ///< "x", binary digits, or the text of a real
  bool operator==(const VcdChange&) const = default;
};

struct VcdFile {
  std::string timescale;
  std::map<std::string, std::string> types;  ///< path → "wire 32", "real 64"
  std::map<std::string, std::string> initial;
  std::vector<VcdChange> changes;  ///< after the dump of initial values
  std::uint64_t first_time = 0, last_time = 0;
};

class VcdReader {
 public:
  explicit VcdReader(const std::string& text) : in_(text) {}

  VcdFile read() {
    while (!has_definitions_) read_declaration();
    std::string token;
    while (in_ >> token) read_change(token);
    if (in_dump_) throw std::runtime_error("dump without end");
    return file_;
  }

 private:
  std::string next() {
    std::string token;
    if (!(in_ >> token)) throw std::runtime_error("unexpected end");
    return token;
  }
  std::string until_end() {
    std::string text;
    for (std::string token = next(); token != "$end"; token = next())
      text += (text.empty() ? "" : " ") + token;
    return text;
  }

  void read_declaration() {
    const std::string keyword = next();
    if (keyword == "$scope") {
      if (next() != "module") throw std::runtime_error("scope type");
      scopes_.push_back(next());
      if (next() != "$end") throw std::runtime_error("scope end");
    } else if (keyword == "$upscope") {
      scopes_.pop_back();
      until_end();
    } else if (keyword == "$var") {
      const std::string type = next(), width = next(), code = next();
      std::string path;
      for (const auto& scope : scopes_) path += scope + ".";
      path += next();
      until_end();
      if (!paths_.emplace(code, path).second) throw std::runtime_error("identifier used twice: " + code);
      if (!file_.types.emplace(path, type + " " + width).second)
        throw std::runtime_error("path twice: " + path);
    } else if (keyword == "$timescale") {
      file_.timescale = until_end();
    } else if (keyword == "$date" || keyword == "$version") {
      until_end();
    } else if (keyword == "$enddefinitions") {
      until_end();
      has_definitions_ = true;
      if (!scopes_.empty()) throw std::runtime_error("open scope");
    } else {
      throw std::runtime_error("unknown keyword " + keyword);
    }
  }

  void read_change(const std::string& token) {
    if (token[0] == '#') {
      const std::uint64_t time = std::stoull(token.substr(1));
      if (has_time_ && time <= file_.last_time)
        throw std::runtime_error("time goes back or repeats: " + token);
      if (!has_time_) file_.first_time = time;
      has_time_ = true;
      file_.last_time = time;
    } else if (token == "$dumpvars") {
      in_dump_ = true;
    } else if (token == "$end") {
      if (!in_dump_) throw std::runtime_error("end without dump");
      in_dump_ = false;
    } else if (token[0] == 'b') {
      add(next(), token.substr(1), "wire");
    } else if (token[0] == 'r') {
      add(next(), token.substr(1), "real");
    } else if (std::string("01x").find(token[0]) != std::string::npos) {
      add(token.substr(1), token.substr(0, 1), "wire 1");
    } else {
      throw std::runtime_error("unknown change " + token);
    }
  }

  void add(const std::string& code, const std::string& value, const std::string& type) {
    const std::string path = paths_.at(code);
    if (!has_time_) throw std::runtime_error("change before the first time");
    if (!file_.types.at(path).starts_with(type)) throw std::runtime_error("wrong type of change of " + path);
    if (in_dump_) {
      file_.initial[path] = value;
    } else {
      file_.changes.push_back({file_.last_time, path, value});
    }
  }

  std::istringstream in_;
  VcdFile file_;
  std::vector<std::string> scopes_;
  std::map<std::string, std::string> paths_;
  bool has_definitions_ = false, has_time_ = false, in_dump_ = false;
};

inline std::string read_text(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace mho::test
