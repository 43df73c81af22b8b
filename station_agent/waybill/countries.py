"""Countries whose post may issue an S10 item: the two letters at its end. A table, nothing else.

Called by the rules for S10.
"""

# The 191 postal administrations in the lookup of jkeen/tracking_number_data couriers/s10.json, which follows the
# UPU's list of member countries; facts only, the table is ours. In the order of the alphabet, one row per first
# letter.
ASSIGNED: frozenset[str] = frozenset(
    code
    for row in """
    AE AF AG AL AM AO AR AT AU AZ
    BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ
    CA CD CF CG CH CI CL CM CN CO CR CU CV CY CZ
    DE DJ DK DM DO DZ
    EC EE EG ER ES ET
    FI FJ FR
    GA GB GD GE GH GM GN GQ GR GT GW GY
    HK HN HR HT HU
    ID IE IL IN IQ IR IS IT
    JM JO JP
    KE KG KH KI KM KN KP KR KW KZ
    LA LB LC LI LK LR LS LT LU LV LY
    MA MC MD ME MG MK ML MM MN MR MT MU MV MW MX MY MZ
    NA NE NG NI NL NO NP NR NZ
    OM
    PA PE PG PH PK PL PT PY
    QA
    RO RS RU RW
    SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV SY SZ
    TD TG TH TJ TL TM TN TO TR TT TV TZ
    UA UG US UY UZ
    VA VC VE VN VU
    WS
    YE
    ZA ZM ZW
    """.splitlines()
    for code in row.split()
)

# Posts that issue S10 numbers under their own letters without being in that lookup: Macao and Taiwan (general
# knowledge, not read in a UPU document, hence only "likely"). Their items do reach village stations; calling them
# invalid would be wrong.
ALSO_ISSUING: frozenset[str] = frozenset({"MO", "TW"})
