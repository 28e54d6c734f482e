// mediasoup is written to libsrtp 3; Debian has libsrtp 2. This header gives the
// part of version 3's interface that mediasoup uses, over version 2:
//   - a policy is an opaque object made by calls, not a struct that one fills;
//   - protect and unprotect read one buffer and write another;
//   - streams are removed with srtp_stream_remove.
//
// Licensed under the Apache License, Version 2.0.
#pragma once

#include <srtp2/srtp.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

// Error codes that version 2 does not have. They only name log lines; no value
// of version 2 (0 to 27) may collide with them.
inline constexpr srtp_err_status_t srtp_err_status_buffer_small = static_cast<srtp_err_status_t>(28);
inline constexpr srtp_err_status_t srtp_err_status_cryptex_err  = static_cast<srtp_err_status_t>(29);

namespace balai_srtp
{
struct Policy
{
	::srtp_policy_t inner{};
	// Version 2 keeps a pointer to the key until srtp_create() has read it.
	std::uint8_t key[SRTP_MAX_KEY_LEN]{};

	~Policy()
	{
		// Keys do not outlive the policy. volatile: or the compiler drops the loop.
		volatile std::uint8_t* bytes = this->key;

		for (std::size_t i = 0; i < sizeof(this->key); ++i)
		{
			bytes[i] = 0;
		}
	}
};

using InPlace = srtp_err_status_t (*)(srtp_t, void*, int*);

// Runs one of version 2's in-place functions with version 3's two buffers.
// `growth` is how many bytes the function may append.
inline srtp_err_status_t transform(
  InPlace inPlace,
  srtp_t session,
  const std::uint8_t* in,
  std::size_t inLength,
  std::uint8_t* out,
  std::size_t* outLength,
  std::size_t growth)
{
	if (*outLength < inLength + growth)
	{
		return srtp_err_status_buffer_small;
	}

	if (in != out)
	{
		std::memcpy(out, in, inLength);
	}

	int length                     = static_cast<int>(inLength);
	const srtp_err_status_t status = inPlace(session, out, &length);

	if (status == srtp_err_status_ok)
	{
		*outLength = static_cast<std::size_t>(length);
	}

	return status;
}
} // namespace balai_srtp

using balai_srtp_policy_t = balai_srtp::Policy*;
// mediasoup's sources say srtp_policy_t and mean version 3's opaque pointer.
#define srtp_policy_t balai_srtp_policy_t

inline srtp_err_status_t srtp_policy_create(balai_srtp_policy_t* policy)
{
	*policy = new (std::nothrow) balai_srtp::Policy();

	return *policy ? srtp_err_status_ok : srtp_err_status_alloc_fail;
}

inline void srtp_policy_destroy(balai_srtp_policy_t policy)
{
	delete policy;
}

inline srtp_err_status_t srtp_policy_set_ssrc(balai_srtp_policy_t policy, srtp_ssrc_t ssrc)
{
	policy->inner.ssrc = ssrc;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_profile(balai_srtp_policy_t policy, srtp_profile_t profile)
{
	const srtp_err_status_t status =
	  srtp_crypto_policy_set_from_profile_for_rtp(&policy->inner.rtp, profile);

	if (status != srtp_err_status_ok)
	{
		return status;
	}

	return srtp_crypto_policy_set_from_profile_for_rtcp(&policy->inner.rtcp, profile);
}

inline srtp_err_status_t srtp_policy_add_key(
  balai_srtp_policy_t policy,
  const std::uint8_t* key,
  std::size_t keyLength,
  const std::uint8_t* salt,
  std::size_t saltLength,
  const std::uint8_t* /*mki*/,
  std::size_t mkiLength)
{
	// mediasoup never uses a master key identifier.
	if (mkiLength != 0 || keyLength + saltLength > sizeof(policy->key))
	{
		return srtp_err_status_bad_param;
	}

	std::memcpy(policy->key, key, keyLength);
	std::memcpy(policy->key + keyLength, salt, saltLength);
	policy->inner.key = policy->key;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_allow_repeat_tx(balai_srtp_policy_t policy, bool isAllowed)
{
	policy->inner.allow_repeat_tx = isAllowed ? 1 : 0;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_window_size(balai_srtp_policy_t policy, std::size_t size)
{
	policy->inner.window_size = static_cast<unsigned long>(size);

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_create(srtp_t* session, balai_srtp_policy_t policy)
{
	return ::srtp_create(session, &policy->inner);
}

inline srtp_err_status_t srtp_protect(
  srtp_t session,
  const std::uint8_t* rtp,
  std::size_t rtpLength,
  std::uint8_t* srtp,
  std::size_t* srtpLength,
  std::size_t /*mkiIndex*/)
{
	return balai_srtp::transform(
	  ::srtp_protect, session, rtp, rtpLength, srtp, srtpLength, SRTP_MAX_TRAILER_LEN);
}

inline srtp_err_status_t srtp_protect_rtcp(
  srtp_t session,
  const std::uint8_t* rtcp,
  std::size_t rtcpLength,
  std::uint8_t* srtcp,
  std::size_t* srtcpLength,
  std::size_t /*mkiIndex*/)
{
	// SRTCP appends its index (4 bytes) besides the tag.
	return balai_srtp::transform(
	  ::srtp_protect_rtcp, session, rtcp, rtcpLength, srtcp, srtcpLength, SRTP_MAX_TRAILER_LEN + 4);
}

inline srtp_err_status_t srtp_unprotect(
  srtp_t session,
  const std::uint8_t* srtp,
  std::size_t srtpLength,
  std::uint8_t* rtp,
  std::size_t* rtpLength)
{
	return balai_srtp::transform(::srtp_unprotect, session, srtp, srtpLength, rtp, rtpLength, 0);
}

inline srtp_err_status_t srtp_unprotect_rtcp(
  srtp_t session,
  const std::uint8_t* srtcp,
  std::size_t srtcpLength,
  std::uint8_t* rtcp,
  std::size_t* rtcpLength)
{
	return balai_srtp::transform(
	  ::srtp_unprotect_rtcp, session, srtcp, srtcpLength, rtcp, rtcpLength, 0);
}

// Version 3 takes the SSRC in host byte order, version 2 in network byte order.
// mediasoup 3.27 calls it with htonl(ssrc), which is what version 2 wants, so it
// goes through as it is.
inline srtp_err_status_t srtp_stream_remove(srtp_t session, std::uint32_t ssrc)
{
	return ::srtp_remove_stream(session, ssrc);
}
