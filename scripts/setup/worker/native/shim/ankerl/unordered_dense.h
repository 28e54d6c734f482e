// mediasoup's maps are ankerl::unordered_dense, which Debian 12 does not package.
// absl's flat hash containers (which mediasoup used before) stand in for them:
// the same open-addressing cost, the same rules for iterators and references,
// and one difference in the interface, bridged below.
//
// Licensed under the Apache License, Version 2.0.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <absl/hash/hash.h>

#include <functional>
#include <iterator>

namespace ankerl::unordered_dense
{
template<typename T>
struct hash : absl::Hash<T>
{
};

namespace balai_detail
{
// absl's erase(iterator) returns void; mediasoup's loops need the next iterator.
template<typename Base>
class NextOnErase : public Base
{
public:
	using iterator       = typename Base::iterator;
	using const_iterator = typename Base::const_iterator;

	using Base::Base;
	using Base::operator=;
	using Base::erase; // by key, and by range

	iterator erase(iterator position)
	{
		const iterator next = std::next(position);

		Base::erase(position);

		return next;
	}
};
} // namespace balai_detail

template<typename Key, typename Value, typename Hash = hash<Key>, typename Equal = std::equal_to<Key>>
using map = balai_detail::NextOnErase<absl::flat_hash_map<Key, Value, Hash, Equal>>;

template<typename Key, typename Hash = hash<Key>, typename Equal = std::equal_to<Key>>
using set = balai_detail::NextOnErase<absl::flat_hash_set<Key, Hash, Equal>>;
} // namespace ankerl::unordered_dense
