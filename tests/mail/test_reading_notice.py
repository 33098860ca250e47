"""Below a closing formula and a name: what an office says under every mail is cut, what its writer adds stays."""

import pytest

from hub.mail.reading import signature

ABOVE = ["Bonjour,", "", "C'est noté pour mardi.", "", "Cordialement,", "Nora Petit", ""]
WRITER = frozenset({"nora", "petit"})

NOTICES = (
    "Préservons nos arbres : ce courriel n'a pas besoin de papier.",
    "Faites un geste pour la planète, ne m'imprimez pas !",
    "🌱 Avant d'appuyer sur « Imprimer », demandez-vous si cette feuille est bien utile.",
    "Un courriel gardé pollue : videz votre corbeille, limitez le stockage.",
    "Document à caractère confidentiel - ne pas diffuser",
    "Seul un courrier signé par le Maire engage la commune.",
    "Ce message provient d'un expéditeur extérieur à la ville. Soyez vigilants.",
    "Cette adresse n'est pas relevée le soir.",
    "Ce message a été envoyé depuis une adresse générique partagée par plusieurs agents.",
    "Merci de ne pas modifier l'objet de vos messages, le numéro de dossier y figure.",
    "Nous nous efforçons de répondre à chaque courriel sous 5 jours ouvrés.",
    "SARL au capital de 8 000 € - RCS Metz 432 111 222",
    "Vos données sont conservées trois ans. Pour les faire rectifier : dpo@ville.example",
    "Vous recevez ce message car votre adresse figure au fichier des familles.",
    "L'accueil est ouvert les mardis et vendredis de 16h à 19h, fermé le mercredi matin.",
    "Nos conseillers vous répondent du lundi au vendredi, de 9h à 16h30.",
    "Suivez la Ville : Facebook | X | Instagram",
    "Toutes les actus dans votre poche : téléchargez PanneauPocket.",
    "L'application « Ma Ville » est disponible ! Téléchargez-la sur Google Play.",
    "Flashez, cliquez, participez ! jeparticipe.ville.example https://jeparticipe.ville.example/?q=1",
    "Mars bleu : le dépistage peut vous sauver la vie, parlez-en à votre médecin.",
    "Ville active et sportive - Villes et villages fleuris",
    "Besoin de parler ? Le 3114, numéro national, vous écoute jour et nuit.",
    "Méfiez-vous des arnaques : nous ne vous demanderons jamais votre RIB.",
    "J'envoie parfois des messages le soir : n'y voyez aucune urgence.",
    "Vous n'êtes pas tenu de me répondre hors de vos horaires de travail.",
    "« Il faut tout un village pour élever un enfant. » (proverbe africain)",
    "Jours et heures de présence : lundi, mardi et jeudi, 9h-16h30",
    "Pour tout échange, merci de rappeler en objet vos nom, prénom et numéro de dossier.",
    "Satisfait de nos services ? Laissez-nous un avis.",
)
OWN_WORDS = (
    "Pensez à imprimer l'autorisation.",
    "Pas besoin d'imprimer, le code suffit sur le téléphone.",
    "Il faut l'imprimer avant de venir.",
    "L'imprimante de l'école est en panne, il n'a donc rien rapporté en papier.",
    "Une version papier du mail est à l'accueil.",
    "Le thème est l'environnement : les enfants ont fait une planète en papier mâché.",
    "Ce mail annule le précédent.",
    "Ce message est aussi destiné à Mme Durand.",
    "Document confidentiel en pièce jointe, merci de ne pas le transmettre.",
    "Attention, le lien ne marche que depuis un ordinateur.",
    "Rappel : votre mot de passe est votre date de naissance.",
    "Elle n'oublie jamais sa carte.",
    "Le code de la porte est le 4471.",
    "Il peut venir si vous donnez votre accord.",
    "Ses données médicales sont dans le PAI.",
    "Les coordonnées du médecin et le traitement sont dans la pochette.",
    "Elle est désinscrite à compter de mardi.",
    "Merci d'indiquer la référence de la facture sur le chèque.",
    "Le délai de traitement est de trois semaines.",
    "Le secrétariat sera fermé vendredi.",
    "Les horaires de demain : 8h30-12h",
    "Le créneau du mardi et du jeudi reste disponible.",
    "La salle est ouverte samedi de 9h à 12h.",
    "La photo est sur la page Facebook de l'école.",
    "Le formulaire est aussi sur le site : www.ville.example",
    "Le questionnaire est en ligne, à remplir quand vous pouvez.",
    "Rejoignez la visio ici : https://visio.example/abc",
    "Suivez ce lien pour payer : https://ville.example/payer",
    "L'application est gratuite.",
    "Inscrivez-vous avant vendredi sur notre page.",
    "Un tee-shirt rose si vous en avez un, c'est pour Octobre rose.",
    "Le SMS que vous avez reçu est bien une arnaque, ne cliquez pas.",
    "Votre fille peut suivre la chaîne de l'école, retrouvez-la avec elle.",
    "La directrice ne répond pas le soir.",
    "Son mail : paul.durand@famille.example",
    "N'oubliez pas le goûter !",
    "Et il viendra aussi le mercredi et le jeudi ?",
    "PS : suivez-nous sur Facebook !",
)


def read(below: str) -> list[str]:
    kept, _ = signature.split([*ABOVE, *below.split("\n")], WRITER)
    return "\n".join(kept).rstrip("\n").split("\n")


@pytest.mark.parametrize("notice", NOTICES)
def test_what_an_office_says_below_every_mail_is_cut(notice: str) -> None:
    assert read(notice)[-1] in ("Cordialement,", "Nora Petit")


@pytest.mark.parametrize("notice", NOTICES)
def test_it_is_below_a_line_drawn_too_and_folded(notice: str) -> None:
    words = notice.split()
    folded = " ".join(words[: len(words) // 2]) + "\n" + " ".join(words[len(words) // 2 :])
    assert read(f"{'-' * 40}\n{folded}")[-1] in ("Cordialement,", "Nora Petit")


@pytest.mark.parametrize("said", OWN_WORDS)
def test_what_somebody_adds_below_their_name_stays(said: str) -> None:
    assert read(said)[-1] == said


def test_what_somebody_adds_stays_above_a_notice() -> None:
    assert read(f"{OWN_WORDS[0]}\n\n{NOTICES[0]}\n\n{NOTICES[1]}")[-1] == OWN_WORDS[0]


def test_no_notice_is_looked_for_where_nobody_has_signed() -> None:
    said = ["Bonjour,", "", "Voici ce que dit le site :", "", "Nos conseillers vous répondent du lundi au vendredi."]
    assert signature.split(said, WRITER) == (said, [])
