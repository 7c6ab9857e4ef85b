"""Every error code of the venue in one table: what it means for the request that met it.

From the venue's list of error codes for USD-M futures, those of its options included, for the numbers are one space.
"""

from collections.abc import Mapping
from typing import Literal

from tradepods_core.book.intents import RejectCode

Meaning = (
    RejectCode
    | Literal[
        "ambiguous",  # nobody knows whether it was carried out: look it up
        "busy",  # not carried out: try again soon
        "address_limit",  # not looked at: the address is to be silent
        "order_limit",  # not looked at: the account is to send no orders
        "unchanged",  # it is already so
        "stream_expired",  # the listen key is gone
    ]
)

LISTED: Mapping[Meaning, tuple[int, ...]] = {
    "ambiguous": (-1000, -1001, -1006, -1007),
    "busy": (-1008, -1016),
    "address_limit": (-1003,),
    "order_limit": (-1015,),
    "stream_expired": (-1125,),
    "unchanged": (-4046, -4052, -4059, -4171, -5027),  # margin type, auto margin, position mode, asset mode, order
    "too_late": (-1021, -5028),
    "credentials": (-1002, -1005, -1011, -1022, -1099, -2014, -2015, -2017, -4056, -4057),
    "precision": (-1111, -4014, -4023, -4029, -4030),
    "too_small": (-4003, -4004, -4164, -5029),
    "too_large": (-2027, -4005),
    "insufficient_margin": (-2018, -2019, -2028, -4050, -4051),
    "would_trigger": (-2021, -4142),
    "reduce_only": (-2022, -2024, -4118),
    "too_many_orders": (-2025, -4045),
    "duplicate_id": (-4116,),
    "position_mode": (-4061,),
    "unknown_order": (-2011, -2013),
    "other": (
        # the request is not as the venue wants it: a fault of ours that a person has to see
        *(-1004, -1010, -1013, -1014, -1020, -1023),
        *(-1100, -1101, -1102, -1103, -1104, -1105, -1106, -1108, -1109, -1110, -1112, -1113, -1114, -1115, -1116),
        *(-1117, -1118, -1119, -1120, -1121, -1122, -1126, -1127, -1128, -1130, -1136),
        # the order is refused for what it is
        *(-2010, -2012, -2016, -2020, -2023, -2026),
        # filters: prices, quantities, ids, types
        *(-4000, -4001, -4002, -4006, -4007, -4008, -4009, -4010, -4011, -4012, -4013, -4015, -4016, -4017, -4018),
        *(-4019, -4020, -4021, -4022, -4024, -4025, -4026, -4027, -4028, -4031, -4032, -4033, -4044),
        # margin, leverage and position mode as they can't be now
        *(-4047, -4048, -4049, -4053, -4054, -4055, -4058, -4060, -4062, -4067, -4068),
        # options
        *(-4063, -4064, -4065, -4066, -4069, -4070, -4071, -4072, -4073, -4074, -4075, -4076, -4077, -4078, -4079),
        *(-4080, -4081),
        # batches, permissions, contracts, transfers
        *(-4082, -4083, -4084, -4085, -4086, -4087, -4088, -4104, -4109, -4114, -4115, -4117),
        # conditional orders, symbols that are closed, prices too far away
        *(-4120, -4131, -4135, -4136, -4137, -4138, -4139, -4140, -4141, -4144, -4161, -4165, -4183, -4184, -4210),
        *(-4211,),
        # modes of the account, rules that leave only closing, leverage that this person may not have
        *(-4167, -4168, -4169, -4170, -4172, -4192, -4202, -4203, -4205, -4206, -4208, -4209),
        *(-4400, -4401, -4402, -4403, -4531),
        # how an order is to execute
        *(-5021, -5022, -5024, -5025, -5026, -5037, -5038, -5039, -5040, -5041, -5043, -5047),
    ),
}
MEANINGS: Mapping[int, Meaning] = {code: meaning for meaning, codes in LISTED.items() for code in codes}
