/* SPDX-License-Identifier: MIT */
#include "world.hpp"

#include <algorithm>

unsigned check::failures;

namespace world
{

size_t NetClient::write(const uint8_t *bytes, size_t len)
{
    if (wire == NULL || wire->sketch_ended)
        return 0;
    len = std::min(len, wire->room);
    wire->to_peer.insert(wire->to_peer.end(), bytes, bytes + len);
    wire->longest = std::max(wire->longest, len);
    wire->writes++;
    return len;
}

int NetClient::availableForWrite()
{
    return wire == NULL || wire->sketch_ended ? 0 : (int)wire->room;
}

int NetClient::available()
{
    if (wire == NULL || wire->sketch_ended)
        return 0;
    return (int)std::min(wire->to_sketch.size(), wire->portion);
}

int NetClient::read()
{
    uint8_t value;

    return read(&value, 1) == 1 ? value : -1;
}

int NetClient::read(uint8_t *bytes, size_t len)
{
    len = std::min(len, (size_t)available());
    if (len == 0)
        return -1;
    for (size_t i = 0; i < len; i++) {
        bytes[i] = wire->to_sketch.front();
        wire->to_sketch.pop_front();
    }
    return (int)len;
}

int NetClient::peek()
{
    return available() > 0 ? wire->to_sketch.front() : -1;
}

void NetClient::stop()
{
    if (wire != NULL)
        wire->sketch_ended = true;
    wire = NULL;
}

uint8_t NetClient::connected()
{
    return wire != NULL && !wire->sketch_ended &&
           (!wire->peer_ended || !wire->to_sketch.empty());
}

unsigned Chip::used()
{
    open.erase(std::remove_if(open.begin(), open.end(),
                              [](Wire *wire) { return wire->sketch_ended; }),
               open.end());
    return (unsigned)(open.size() + waiting.size());
}

bool Chip::connect(Wire *wire)
{
    /* One that waits has the listening socket, until accept() opens another. */
    if (used() >= sockets || !waiting.empty())
        return false;
    waiting.push_back(wire);
    return true;
}

NetClient Chip::accept()
{
    if (waiting.empty())
        return NetClient();
    open.push_back(waiting.front());
    waiting.pop_front();
    return NetClient(open.back());
}

NetClient OldServer::available()
{
    for (Wire *wire : wires) {
        if (!wire->sketch_ended && !wire->to_sketch.empty())
            return NetClient(wire);
    }
    return NetClient();
}

int Line::read()
{
    int value = peek();

    if (value >= 0)
        to_sketch.pop_front();
    return value;
}

int Line::peek()
{
    return to_sketch.empty() ? -1 : to_sketch.front();
}

size_t Line::write(uint8_t value)
{
    to_peer.push_back(value);
    return 1;
}

static uint8_t read_cell(void *context, uint16_t address)
{
    return static_cast<Cells *>(context)->cells[address];
}

static void write_cell(void *context, uint16_t address, uint8_t value)
{
    Cells &cells = *static_cast<Cells *>(context);

    cells.cells[address] = value;
    cells.busy = cells.busy_for;
    cells.writes++;
}

static bool is_busy(void *context)
{
    Cells &cells = *static_cast<Cells *>(context);

    if (cells.busy == 0)
        return false;
    cells.busy--;
    return true;
}

Cells::Cells() : cells(), busy_for(0), busy(0), writes(0), memory()
{
    memset(cells, 0xff, sizeof cells);
    memory.read = read_cell;
    memory.write = write_cell;
    memory.is_busy = is_busy;
    memory.context = this;
    memory.base = 100;
    memory.key_slots = 4;
    memory.counters = 4;
}

static void finish(csign_store &store, csign_status begun)
{
    CHECK_EQUAL(begun, CSIGN_OK);
    while (csign_store_step(&store) == CSIGN_STEP_MORE) {
    }
    CHECK_EQUAL(csign_store_step(&store), CSIGN_STEP_DONE);
}

void provision(Cells &cells, const char *id, const std::vector<uint8_t> &keys,
               const std::vector<uint32_t> &rights)
{
    csign_store store;
    csign_store_identity identity = {};
    uint8_t secret[32], key[32];

    identity.id_len = (uint8_t)strlen(id);
    memcpy(identity.id, id, identity.id_len);
    memset(secret, 0x5e, sizeof secret);
    csign_store_open(&store, &cells.memory);
    finish(store, csign_store_begin(&store));
    finish(store, csign_store_put_identity(&store, &identity));
    finish(store, csign_store_put_secret(&store, secret));
    for (uint8_t slot = 0; slot < keys.size(); slot++) {
        memset(key, keys[slot], sizeof key);
        if (keys[slot] != 0)
            finish(store, csign_store_put_key(&store, slot, rights[slot], key));
    }
    finish(store, csign_store_commit(&store));
}

Owner::Owner(const csign_settings &device, const csign_client_profile &kind,
             const char *id, uint8_t key)
    : machine(), config(), request(), settings(device), work(), keyed(), name(id),
      memory(), nonce(0)
{
    uint8_t bytes[32];

    memset(bytes, key, sizeof bytes);
    settings.hasher.work = &work.head;
    settings.id = name.c_str();
    settings.id_len = (uint8_t)name.size();
    config.settings = &settings;
    config.profile = &kind;
    config.keyed = &keyed;
    config.code_len = 1;
    config.timeout_ms = CSIGN_REPLY_MS;
    kind.key(&settings, &keyed, bytes, sizeof bytes);
}

void Owner::open()
{
    csign_client_open(&machine, &config, memory, stub_ms);
}

std::string Owner::data() const
{
    size_t len;
    const uint8_t *bytes = csign_client_reply_data(&machine, &len);

    return std::string(reinterpret_cast<const char *>(bytes), bytes == NULL ? 0 : len);
}

void Owner::turn(Bytes &to_sketch, Bytes &from_sketch)
{
    uint8_t fresh[CSIGN_CHALLENGE_MAX];
    const uint8_t *out;
    size_t len;

    csign_client_tick(&machine, stub_ms);
    switch (csign_client_wants(&machine)) {
    case CSIGN_WANTS_CHALLENGE:
        memset(fresh, ++nonce, sizeof fresh);
        csign_client_challenge(&machine, fresh, stub_ms);
        break;
    case CSIGN_WANTS_SEND:
        out = csign_client_out(&machine, &len);
        to_sketch.insert(to_sketch.end(), out, out + len);
        csign_client_sent(&machine, len, stub_ms);
        break;
    case CSIGN_WANTS_BYTES:
        while (!from_sketch.empty() &&
               csign_client_wants(&machine) == CSIGN_WANTS_BYTES) {
            uint8_t value = from_sketch.front();
            from_sketch.pop_front();
            csign_client_take(&machine, &value, 1, stub_ms);
        }
        break;
    case CSIGN_WANTS_REQUEST:
        if (!request.empty())
            csign_client_request(&machine,
                                 reinterpret_cast<const uint8_t *>(request.data()),
                                 request.size(), stub_ms);
        request.clear();
        break;
    default:
        break;
    }
}

} // namespace world
