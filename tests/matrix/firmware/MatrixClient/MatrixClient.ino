/* SPDX-License-Identifier: MIT */
/* The client of the matrix, a RemoteButton whose button at D5 sends what the script in
 * the EEPROM says: how many commands, then each command's last code byte and how many
 * bytes of arguments it gets. More than one are chained, which is sealed only. A chain
 * ends where one is not done.
 */
#include "../cell.h"

const uint8_t BUTTON = 5;
const uint8_t SCRIPT_MAX = 4;
const IPAddress DEVICE_ADDRESS(192, 168, 1, 60);

struct Result {
    uint8_t outcome;
    uint8_t status; // classic: the answer's row
    uint8_t len;    // of the data
    uint16_t sum;
};

CountersignStore store(EEPROM, 0, 1);
CountersignClientFor<AnyCell> remote;
EthernetClient client;

// For the test, which looks into RAM.
volatile uint8_t ready;
volatile uint8_t finished;
volatile uint8_t count;
Result results[SCRIPT_MAX];

bool isRunning = false;
bool isAsked = false;
bool wasDown = false;
uint8_t at;

void poll()
{
    if (cell().isLine)
        remote.poll(Serial);
    else
        remote.poll(client);
}

uint8_t scripted(uint8_t place)
{
    return EEPROM.read(SCRIPT_AT + place);
}

bool isLast()
{
    return at + 1 == scripted(0);
}

void ask()
{
#if MATRIX_SEALED
    uint8_t arguments[254];
    uint8_t len = scripted(2 + 2 * at);

    for (uint8_t i = 0; i < len; i++)
        arguments[i] = (uint8_t)(i * 7 + len);
    remote.keepOpen(!isLast());
    isAsked = remote.send(scripted(1 + 2 * at), arguments, len) == CSIGN_OK;
#else
    uint8_t code[CSIGN_CODE_MAX];

    memset(code, 0xc7, sizeof code);
    code[cell().codeLen - 1] = scripted(1 + 2 * at);
    isAsked = remote.sendCode(code, cell().codeLen) == CSIGN_OK;
#endif
}

bool isConnected()
{
    if (cell().isLine || client.connected())
        return true;
    client.setConnectionTimeout(2000);
    return client.connect(DEVICE_ADDRESS, PORT);
}

void begin()
{
    isAsked = false;
    if (isConnected())
        ask();
}

void note()
{
    Result &result = results[at];
    const uint8_t *data = NULL;
    size_t len = 0;

    result.outcome =
        isAsked ? (uint8_t)remote.outcome() : (uint8_t)CSIGN_OUTCOME_NOT_SENT;
    result.sum = 0;
    if (AnyCell::IS_SEALED &&
        (result.outcome == CSIGN_OUTCOME_DONE || result.outcome == CSIGN_OUTCOME_FAILED))
        data = remote.data(len);
    result.status = AnyCell::IS_SEALED ? remote.status() : (uint8_t)remote.answer();
    result.len = (uint8_t)len;
    for (size_t i = 0; i < len; i++)
        result.sum = (uint16_t)(result.sum * 31 + data[i]);
    count = at + 1;
}

void goOn()
{
    note();
    if (isLast() || results[at].outcome != CSIGN_OUTCOME_DONE) {
        remote.keepOpen(false);
        isRunning = false;
        finished++;
        return;
    }
    at++;
    begin();
}

void setup()
{
    pinMode(BUTTON, INPUT_PULLUP);
    remote.begin(store);
    startCell(64);
}

void loop()
{
    bool isDown = digitalRead(BUTTON) == LOW;

    poll();
    ready = remote.isReady();
    if (isDown && !wasDown && !isRunning) {
        isRunning = true;
        at = 0;
        begin();
    } else if (isRunning && (!isAsked || !remote.isBusy())) {
        goOn();
    }
    wasDown = isDown;
    if (!remote.isBusy() || (cell().isLine && Serial.available() == 0))
        rest();
}
