# Its handler, and on() calls in another order.
/CODE_ON, turnOn/d
s/.*lamp\.on(CSIGN_DEVICE_CODE_STATUS, tellStatus);/&\
    lamp.on(CSIGN_DEVICE_CODE_FLASH, turnOn);\
    lamp.on(CSIGN_DEVICE_CODE_ON, turnOn);/
