// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/gdb/packet.hpp"

#include <gtest/gtest.h>

#include <array>

namespace mho::platform::gdb {
namespace {

TEST(Framing, HasTheChecksumOfThePayload) {
  EXPECT_EQ(framed("OK"), "$OK#9a");
  EXPECT_EQ(framed(""), "$#00");
}

TEST(Framing, EscapesWhatWouldEndAPacket) {
  EXPECT_EQ(framed("a#b"), std::string("$a}\x03"
                                       "b#") +
                               "43");
}

TEST(Reader, FindsPacketsHoweverTheyArrive) {
  const std::string stream = "+$qSupported:a+#fd$g#67";
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    PacketReader reader;
    std::vector<Incoming> items;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.push(stream.substr(at, piece));
      while (auto item = reader.next()) items.push_back(*item);
    }
    ASSERT_EQ(items.size(), 3u) << piece;
    EXPECT_EQ(items[0].kind, IncomingKind::kAccepted);
    EXPECT_EQ(items[1].kind, IncomingKind::kPacket);
    EXPECT_EQ(items[1].payload, "qSupported:a+");
    EXPECT_EQ(items[2].payload, "g");
  }
}

TEST(Reader, UndoesEscapesAndRoundTripsEveryByte) {
  std::string payload;
  for (int byte = 0; byte < 256; ++byte) payload += static_cast<char>(byte);
  PacketReader reader;
  reader.push(framed(payload));
  const auto item = reader.next();
  ASSERT_TRUE(item.has_value());
  EXPECT_EQ(item->kind, IncomingKind::kPacket);
  EXPECT_EQ(item->payload, payload);
}

TEST(Reader, NoticesDamageAndGoesOnBehindIt) {
  PacketReader reader;
  reader.push("$g#68noise$g#67-\x03");
  EXPECT_EQ(reader.next()->kind, IncomingKind::kDamaged);
  EXPECT_EQ(reader.next()->payload, "g");
  EXPECT_EQ(reader.next()->kind, IncomingKind::kRefused);
  EXPECT_EQ(reader.next()->kind, IncomingKind::kInterrupt);
  EXPECT_FALSE(reader.next().has_value());
}

TEST(Hex, RegistersAreLittleEndianAndNumbersAreNot) {
  EXPECT_EQ(to_hex(0x1234'5678u), "78563412");
  EXPECT_EQ(register_from_hex("78563412"), 0x1234'5678u);
  EXPECT_EQ(number_from_hex("80000000"), 0x8000'0000u);
  EXPECT_EQ(to_hex(std::string_view("Az")), "417a");
}

TEST(Hex, WhatIsNoNumberIsRefused) {
  EXPECT_FALSE(number_from_hex("").has_value());
  EXPECT_FALSE(number_from_hex("12x").has_value());
  EXPECT_FALSE(number_from_hex("-1").has_value());
  EXPECT_FALSE(number_from_hex("100000000").has_value());
  EXPECT_FALSE(bytes_from_hex("123").has_value());
  EXPECT_FALSE(bytes_from_hex("1g").has_value());
  EXPECT_FALSE(register_from_hex("123456").has_value());
}

}  // namespace
}  // namespace mho::platform::gdb
