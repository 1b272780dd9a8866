"""What everybody tries first, in English and Dutch; with digits and signs behind it, it is the same word."""

COMMON = frozenset(
    """
    password passw0rd p@ssword p@ssw0rd passwort wachtwoord w@chtwoord w8woord wachtw00rd letmein letmeinplease
    welcome welkom welkom01 welcome01 geheim geheim01 secret secret01 supersecret topsecret changeme changemenow
    changeit default admin administrator root toor superuser sysadmin system master masterpassword password123
    passwordpassword adminadmin administrator1 qwerty qwertyuiop qwerty123 azerty azertyuiop asdfgh asdfghjkl zxcvbnm
    qazwsx qazwsxedc 1q2w3e4r 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc zaq12wsx abc123 abcd1234 a1b2c3d4 abcdef iloveyou
    ilovemyself ikhouvanjou ikhouvanje hallo hallohallo hello helloworld monkey dragon football voetbal baseball
    basketball soccer hockey superman batman spiderman pokemon starwars princess prinses sunshine zonneschijn shadow
    michael jennifer jordan hunter harley ranger buster soccer tigger charlie andrew daniel jessica joshua ashley
    thomas robert george summer winter spring autumn zomer herfst lente voorjaar najaar januari februari maart april
    mei juni juli augustus september oktober november december january february march may june july august october
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag monday tuesday wednesday thursday friday saturday
    sunday amsterdam rotterdam utrecht denhaag eindhoven groningen maastricht nijmegen leiden holland nederland
    netherlands europe oranje ajax feyenoord psv vitesse kerstmis christmas computer internet laptop windows microsoft
    google facebook linkedin youtube whatsapp samsung iphone android apple freedom vrijheid whatever nothing trustno1
    whoami login signin access toegang user username gebruiker test tester testtest testing test123 demo demodemo
    guest gast temp temporary tijdelijk nieuw newpassword nieuwwachtwoord mypassword mijnwachtwoord onswachtwoord
    hospital ziekenhuis radiology radiologie radioloog radiologist radiographer laborant dokter doctor arts nurse
    verpleging verpleegkundige spoed emergency patient patienten patients medical medisch zorg kliniek clinic pacs
    dicom viewer scanner ctscan mriscan rontgen xray echo thorax longfoto mammo umc collega collegacollega
    correcthorsebatterystaple correcthorse letsgo fuckyou asshole mustang ferrari mercedes porsche cookie chocolate
    chocolade pepper ginger cheese kaas banana banaan flower bloem bloemen angel engel lovely loveyou lief liefde
    mamma papa mama moeder vader schatje poes poesje hond hondje konijn paard paarden snoopy mickey mouse donald
    garfield matrix killer blahblah pass word access14 qwertyqwerty dragonfly rainbow regenboog butterfly vlinder
    """.split()  # noqa: SIM905 - a list of words is read as words
)
