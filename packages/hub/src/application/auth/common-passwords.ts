/**
 * What people take for a password, and attackers therefore try first, in lower case and without decoration: the policy takes digits,
 * signs and repetitions off before it looks here, so that `Summer2026!!!` and `adminadminadmin` are found by their one word.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  `
    password passwort passw0rd motdepasse contrasena wachtwoord salasana haslo parola senha heslo lozinka admin
    administrator root superuser sysadmin operator manager support service guest user username login default system
    master welcome hello letmein changeme change secret private access enter open opensesame trustno test testing
    tester temp temporary demo sample example backup database server network internet computer laptop windows linux
    ubuntu debian oracle cisco router firewall security secure qwerty qwertyuiop qwertyui asdfgh asdfghjkl asdfghjk
    zxcvbnm zxcvbn qazwsx qazwsxedc azerty azertyuiop qwertz qwertzuiop yxcvbnm qweasd qweasdzxc qwerasdf asdfqwer
    poiuytrewq lkjhgfdsa mnbvcxz abcdef abcdefg abcdefgh abcdefghi abcdefghij abcdefghijk abcdefghijkl abcdefghijklm
    abcabc abc alphabet iloveyou ilovegod iloveme loveyou lovely love lover baby babygirl princess angel angels
    sunshine sweetheart honey beautiful butterfly flower rainbow chocolate cookie cupcake peanut pumpkin banana orange
    cherry strawberry dragon monkey tiger lion eagle wolf panther jaguar mustang ferrari porsche mercedes corvette
    camaro chelsea arsenal liverpool barcelona realmadrid juventus manchester yankees cowboys steelers lakers redsox
    packers football baseball basketball soccer hockey golf tennis skateboard superman batman spiderman ironman
    pokemon pikachu naruto dragonball starwars startrek matrix gandalf hobbit harrypotter hogwarts voldemort minecraft
    fortnite warcraft starcraft counterstrike playstation nintendo xbox zelda mario sonic michael michelle jennifer
    jessica ashley amanda daniel andrew joshua matthew anthony robert thomas william charlie jordan taylor hannah
    samantha nicole elizabeth alexander alexandra christian christopher christine victoria benjamin jonathan nicholas
    patrick richard stephanie steven kimberly charlotte caroline catherine katherine gabriel maxwell summer winter
    spring autumn fall january february march april june july august september october november december monday
    tuesday wednesday thursday friday saturday sunday london newyork america england germany france canada australia
    brazil california texas florida chicago boston dallas houston jesus christ jesuschrist heaven freedom forever
    whatever nothing something anything everything shadow hunter ranger ninja killer warrior soldier samurai pirate
    phoenix falcon thunder lightning storm fire blaze mountain ocean diamond golden silver crystal platinum maverick
    midnight merlin wizard magic mystic genius legend hero champion victory winner purple yellow green blue red black
    white pink snoopy garfield mickey minnie tinkerbell scooby simpsons bubbles ginger pepper buster bailey buddy
    lucky tigger rocky max molly maggie correcthorsebatterystaple thisisapassword thisismypassword mypassword
    newpassword oldpassword yourpassword nopassword passwordpassword passphrase password1234 letmeinnow letmeinplease
    iamtheboss iamadmin adminadmin rootroot companyname company business office finance accounting marketing sales
    google facebook amazon microsoft apple samsung iphone android instagram linkedin twitter youtube netflix hotmail
    gmail yahoo dropbox github adobe metallica nirvana slipknot eminem beatles blink ledzeppelin pinkfloyd ironmaiden
    madonna rihanna fuckyou fuckoff asshole bitch biteme 123 1234 12345 123456 1234567 12345678 123456789 1234567890
    123456789012 1234567890123 12345678910 1234567891011 123456789101112 123456789123456789 0123456789 01234567890
    012345678901 0987654321 987654321 9876543210 98765432100 987654321012 112233445566 111222333444 121212 123123
    123321 147258369 147258369147 159753 159357 741852963 789456123 789456123000 1q2w3e 1q2w3e4r 1q2w3e4r5t
    1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 zaq12wsx zaq1xsw2 q1w2e3r4 q1w2e3r4t5y6 a1b2c3 a1b2c3d4 a1b2c3d4e5f6
    1a2b3c 1a2b3c4d 1a2b3c4d5e6f qwe123 asd123 abc123 abcd1234 abcde12345 aa123456 a123456 qwerty123 qwertyuiop[]
  `
    .trim()
    .split(/\s+/),
);
