/* Hands a reply to libmicrohttpd, in its shape: see server.h. */
#include "server.h"

#include <microhttpd.h>
#include <string.h>

/* A part of the body, and blanks after its end. */
static ssize_t
copy_part(const struct sim_exchange *x, uint64_t pos, char *buf, size_t max)
{
	const struct sim_text *body = &x->reply.body;
	size_t have = pos < body->len ? body->len - (size_t)pos : 0;

	if (!have) {
		memset(buf, ' ', max);
		return (ssize_t)max;
	}
	if (have < max)
		max = have;
	memcpy(buf, body->data + pos, max);
	return (ssize_t)max;
}

static ssize_t
read_cut(void *cls, uint64_t pos, char *buf, size_t max)
{
	const struct sim_exchange *x = cls;
	uint64_t end = x->reply.arg;

	if (end > x->reply.body.len)
		end = x->reply.body.len;
	if (pos >= end)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	return copy_part(x, pos, buf, max < end - pos ? max : end - pos);
}

/* Each byte but the first is sent after a wait of its own. */
static ssize_t
read_drip(void *cls, uint64_t pos, char *buf, size_t max)
{
	struct sim_exchange *x = cls;

	if (pos && x->sent == pos) {
		x->sent++;
		sim_exchange_suspend(x, SIM_SENDING,
		    sim_now() + (int64_t)x->reply.arg * 1000, 0);
		return 0;
	}
	x->sent = pos + 1;
	return copy_part(x, pos, buf, max < 1 ? max : 1);
}

static ssize_t
read_endless(void *cls, uint64_t pos, char *buf, size_t max)
{
	const struct sim_exchange *x = cls;
	uint64_t left = x->reply.arg - pos;

	if (!left)
		return MHD_CONTENT_READER_END_OF_STREAM;
	return copy_part(x, pos, buf, max < left ? max : left);
}

/*
 * The bit number I of a gzip member's deflate stream: one block of fixed
 * codes, a blank, then "the last byte 258 times more" without end.
 */
static unsigned
bomb_bit(uint64_t i)
{
	static const char begin[] = "110"       /* last block, fixed codes */
				    "01010000"; /* a blank */
	static const char again[] = "11000101"  /* length 258 */
				    "00000";    /* distance 1 */

	if (i < sizeof(begin) - 1)
		return begin[i] == '1';
	return again[(i - (sizeof(begin) - 1)) % (sizeof(again) - 1)] == '1';
}

static ssize_t
read_bomb(void *cls, uint64_t pos, char *buf, size_t max)
{
	static const unsigned char head[10] = {
	    0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
	const struct sim_exchange *x = cls;
	uint64_t left = x->reply.arg - pos;

	if (!left)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (max > left)
		max = (size_t)left;
	for (size_t i = 0; i < max; i++, pos++) {
		unsigned byte = 0;

		for (unsigned b = 0; pos >= sizeof(head) && b < 8; b++)
			byte |= bomb_bit((pos - sizeof(head)) * 8 + b) << b;
		buf[i] = (char)(pos < sizeof(head) ? head[pos] : byte);
	}
	return (ssize_t)max;
}

/* Blocks as libmicrohttpd shall ask for them. */
#define BLOCK ((size_t)64 * 1024)

static struct MHD_Response *
make_response(struct sim_exchange *x)
{
	struct sim_reply *r = &x->reply;

	switch (r->shape) {
	case SIM_CUT_SHORT:
		return MHD_create_response_from_callback(
		    r->body.len, BLOCK, read_cut, x, NULL);
	case SIM_DRIPPED:
		return MHD_create_response_from_callback(
		    r->body.len, BLOCK, read_drip, x, NULL);
	case SIM_ENDLESS:
		return MHD_create_response_from_callback(
		    MHD_SIZE_UNKNOWN, BLOCK, read_endless, x, NULL);
	case SIM_EXPLODING:
		return MHD_create_response_from_callback(
		    MHD_SIZE_UNKNOWN, BLOCK, read_bomb, x, NULL);
	default:
		return MHD_create_response_from_buffer(
		    r->body.len, r->body.data, MHD_RESPMEM_PERSISTENT);
	}
}

bool
sim_send(struct sim_exchange *x)
{
	struct sim_reply *r = &x->reply;
	struct MHD_Response *response;
	enum MHD_Result ok;

	if (r->shape == SIM_CLOSED || r->shape == SIM_NEVER)
		return false;
	if (r->shape == SIM_RAW_BYTES || r->shape == SIM_RAW_LINES)
		return sim_raw_start(x);
	response = make_response(x);
	if (!response)
		return false;
	ok = MHD_add_response_header(response, "content-type", r->type);
	/* A marker may ask for headers that are none; they go unsent. */
	for (size_t i = 0; i < r->n_headers; i++)
		MHD_add_response_header(
		    response, r->headers[i].name, r->headers[i].value);
	if (r->shape == SIM_EXPLODING)
		MHD_add_response_header(response, "content-encoding", "gzip");
	if (r->shape == SIM_AS_HTTP10)
		MHD_set_response_options(
		    response, MHD_RF_HTTP_1_0_SERVER, MHD_RO_END);
	if (ok == MHD_YES)
		ok = MHD_queue_response(x->connection, r->status, response);
	MHD_destroy_response(response);
	return ok == MHD_YES;
}
