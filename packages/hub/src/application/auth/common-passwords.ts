/**
 * The words that people make passwords of, and attackers therefore try first: in lower case, without the digits, the signs and the
 * rows of keys that go between them, which `common-parts.ts` knows. Put together by hand, from what the yearly reports on leaked
 * passwords have in common, with holidays, clubs, brands, first names and what this product is about. Some 640 words are no copy of a
 * list of leaked passwords: a long one that is common in one country or trade only passes.
 */
export const commonWords: ReadonlySet<string> = new Set(
  `
    password passwort motdepasse contrasena wachtwoord salasana haslo parola senha heslo lozinka admin administrator
    root superuser sysadmin operator manager support service guest user username login default system master welcome
    hello letmein changeme change secret private access enter open opensesame trustno test testing tester temp
    temporary demo sample example backup database server network internet computer laptop windows linux ubuntu debian
    oracle cisco router firewall security secure alphabet iloveyou loveyou lovely love lover baby princess angel angels
    sunshine sweetheart honey beautiful butterfly flower rainbow chocolate cookie cupcake peanut pumpkin banana orange
    cherry strawberry dragon monkey tiger lion eagle wolf panther jaguar mustang ferrari porsche mercedes corvette
    camaro chelsea arsenal liverpool barcelona realmadrid juventus manchester yankees cowboys steelers lakers redsox
    packers football baseball basketball soccer hockey golf tennis skateboard superman batman spiderman ironman pokemon
    pikachu naruto dragonball starwars startrek matrix gandalf hobbit hogwarts voldemort minecraft fortnite warcraft
    starcraft counterstrike playstation nintendo xbox zelda mario sonic michael michelle jennifer jessica ashley amanda
    daniel andrew joshua matthew anthony robert thomas william charlie jordan taylor hannah samantha nicole elizabeth
    alexander alexandra christian christopher christine victoria benjamin jonathan nicholas patrick richard stephanie
    steven kimberly charlotte caroline catherine katherine gabriel maxwell summer winter spring autumn fall january
    february march april june july august september october november december monday tuesday wednesday thursday friday
    saturday sunday london america england germany france canada australia brazil california texas florida chicago
    boston dallas houston jesus christ heaven freedom forever whatever nothing something anything everything shadow
    hunter ranger ninja killer warrior soldier samurai pirate phoenix falcon thunder lightning storm fire blaze
    mountain ocean diamond golden silver crystal platinum maverick midnight merlin wizard magic mystic genius legend
    hero champion victory winner purple yellow green blue red black white pink snoopy garfield mickey minnie tinkerbell
    scooby simpsons bubbles ginger pepper buster bailey buddy lucky tigger rocky max molly maggie
    correcthorsebatterystaple passphrase company business office finance accounting marketing sales google facebook
    amazon microsoft apple samsung iphone android instagram linkedin twitter youtube netflix hotmail gmail yahoo
    dropbox github adobe metallica nirvana slipknot eminem beatles blink ironmaiden madonna rihanna fuckyou fuckoff
    asshole bitch biteme am are the this that is it and my me you your our we new old not pass word code key pin safe
    lock unlock account email mail online mobile phone number one two three first last christmas easter halloween
    valentine birthday holiday vacation weekend morning night today tomorrow always never mother father mommy daddy
    mama papa brother sister family friend friends girl boy man woman lady kitty kitten puppy dog cat bear fish bird
    bunny horse rabbit dolphin turtle shark snake spider cobra viper bull bulldog sun moon star stars sky rain snow ice
    water earth sea beach island river king queen prince boss god lord devil demon ghost zombie vampire monster good
    bad best big little hot cool sexy happy crazy stupid smile dark light wild real super mega ultra power united city
    club team sport sports harley davidson honda toyota yamaha suzuki kawasaki ford chevy nissan audi volkswagen
    formula racing madrid milan munich bayern dortmund celtic rangers everton newcastle tottenham york angeles vegas
    francisco orleans paris berlin rome tokyo moscow sydney dublin vienna hamburg home house school college university
    student teacher doctor nurse work job money cash dollar bank credit card rich harry potter zeppelin floyd knight
    wars trek jedi vader skywalker yoda marvel thor hulk avengers disney elsa frozen maria anna laura sarah emma julia
    sophie emily lisa martin peter stefan andreas markus david john james george kevin brian jason justin brandon tyler
    austin dylan logan ryan steve scott mark paul frank alex sam charles henry jack oliver oscar leon lucas marco
    antonio carlos miguel diego pedro juan jose luis ricardo fernando schatz hallo geheim liebe sommer herbst bonjour
    soleil amour amor bonita princesa estrella hola name please ilove iam agent hub transfer transfers relay upload download file files sync
    copy cloud data storage
  `
    .trim()
    .split(/\s+/),
);
